/** The reports that there are. */
export const reportNames = ['configuration-document', 'readiness-report'] as const;

export type ReportName = (typeof reportNames)[number];

export const reportTitles: { readonly [name in ReportName]: string } = {
  'configuration-document': 'Environment configuration document',
  'readiness-report': 'Environment readiness report',
};
