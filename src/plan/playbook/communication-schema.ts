import { z } from 'zod';
import { timeOfDay, weekdays } from '../../calendar/calendar.ts';
import { channelSchema } from '../channels.ts';
import { reviewParts, standupParts } from '../reporting.ts';

const to = z.array(z.string()).default([]).describe('Audiences that it is published to; the records have it anyway.');

const standups = z.strictObject({
  at: timeOfDay.describe('When it is published on each working day.'),
  to,
  covers: z
    .record(z.string(), z.enum(standupParts))
    .default({})
    .describe('Lines of the communication plan, by a unique beginning, and the part of a standup that answers each.'),
});

const reviews = z.strictObject({
  at: timeOfDay.describe('When it is published.'),
  on: z
    .enum(weekdays)
    .default('fri')
    .describe('Day of the week; on a holiday, the last working day before it. Default fri.'),
  milestones: z.boolean().default(false).describe('True: there is one at the end of every milestone besides.'),
  to,
  covers: z
    .record(z.string(), z.enum(reviewParts))
    .default({})
    .describe('Lines of the communication plan, by a unique beginning, and the part of a review that answers each.'),
});

/** The key `communication` of a playbook. */
export const communicationSchema = z.strictObject({
  calendar: z.string().optional().describe('The calendar of standups and reviews: one of "calendars".'),
  audiences: z
    .record(z.string(), z.array(channelSchema))
    .default({})
    .describe('Channels by the name of those who read them; read anew for each standup and review.'),
  standups: standups.optional().describe('A standup on every working day. Absent: none.'),
  reviews: reviews.optional().describe('A review in every week. Absent: none.'),
  documents: z
    .record(z.string(), z.record(z.string(), z.unknown()))
    .default({})
    .describe('Documents that are kept up to date: a line of the communication plan, and the step that writes it.'),
});

export type PlaybookCommunication = z.output<typeof communicationSchema>;

/** Keys of its parts, for suggestions. */
export const communicationKeys = {
  communication: Object.keys(communicationSchema.shape),
  'communication.standups': Object.keys(standups.shape),
  'communication.reviews': Object.keys(reviews.shape),
} as const;
