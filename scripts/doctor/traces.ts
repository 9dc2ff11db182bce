import { readSettings } from '../../src/worker/settings.ts';
import type { Finding } from './finding.ts';
import { reasonOf } from './reason.ts';

/** Asks the collector of traces to take none: it answers as it would to some. */
export async function examineTraces(env: NodeJS.ProcessEnv = process.env): Promise<Finding> {
  const what = 'Traces';
  if (readSettings(env).traces === undefined) {
    return { state: 'ok', what, found: 'off: OTEL_EXPORTER_OTLP_ENDPOINT is not set' };
  }
  const { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: whole = '', OTEL_EXPORTER_OTLP_ENDPOINT: base = '' } = env;
  const url = new URL(whole === '' ? `${base.replace(/\/$/, '')}/v1/traces` : whole);
  // They may hold a password.
  const at = `${url.origin}${url.pathname}`;
  url.username = url.password = '';
  try {
    const { status } = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headersOf(env) },
      body: '{"resourceSpans":[]}',
      signal: AbortSignal.timeout(5_000),
    });
    if (status < 300) return { state: 'ok', what, found: `${at} takes them` };
    const mend =
      status === 401 || status === 403
        ? 'set OTEL_EXPORTER_OTLP_HEADERS as the collector asks for it'
        : 'set OTEL_EXPORTER_OTLP_ENDPOINT to where the collector takes OTLP over HTTP, usually port 4318';
    return { state: 'warn', what, found: `${at} answers with status ${String(status)}`, mend };
  } catch (error) {
    const mend = 'start the collector, or unset OTEL_EXPORTER_OTLP_ENDPOINT; phases run without';
    return { state: 'warn', what, found: `${at} cannot be reached (${reasonOf(error)})`, mend };
  }
}

/** `key=value,key=value`, values as in a URL. */
function headersOf(env: NodeJS.ProcessEnv): { readonly [name: string]: string } {
  const { OTEL_EXPORTER_OTLP_TRACES_HEADERS: own, OTEL_EXPORTER_OTLP_HEADERS: common = '' } = env;
  const pairs = (own ?? common).split(',').map((one) => one.split('='));
  return Object.fromEntries(
    pairs.flatMap(([name = '', ...value]) =>
      name.trim() === '' ? [] : [[name.trim(), decodeURIComponent(value.join('=').trim())]],
    ),
  );
}
