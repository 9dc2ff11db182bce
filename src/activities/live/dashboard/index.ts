import { liveCheck } from '../check.ts';

/** `{check: dashboard}`: dashboards exist and show alarms that exist. */
export const dashboardCheck = liveCheck({
  kind: 'dashboard',
  summary: 'the dashboards of the stacks exist and show something, alarms that exist among it',
  things: 'dashboards',
  needed: 'everywhere',
  look: async () => (await import('./look.ts')).lookAtDashboards,
});
