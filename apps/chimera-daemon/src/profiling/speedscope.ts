import type { WorkflowProfileView } from '@chimera/client';

interface FrameEvent {
  /** Opens or closes a frame. */
  readonly type: 'C' | 'O';
  readonly frame: number;
  /** In ms from the start. */
  readonly at: number;
}

/** What speedscope loads: its file format, with the one timeline of a workflow. */
export interface SpeedscopeFile {
  readonly $schema: 'https://www.speedscope.app/file-format-schema.json';
  readonly exporter: 'chimera';
  readonly name: string;
  readonly shared: { readonly frames: readonly { readonly name: string }[] };
  readonly profiles: readonly [
    {
      readonly type: 'evented';
      readonly name: string;
      readonly unit: 'milliseconds';
      readonly startValue: 0;
      readonly endValue: number;
      readonly events: readonly FrameEvent[];
    },
  ];
}

/** The workflow as a flame: below it its phases one after the other, below these their parts. */
export function speedscopeOf(profile: WorkflowProfileView): SpeedscopeFile {
  const { definition, id, parts, startedAt, wallMs } = profile;
  const frames: { name: string }[] = [];
  const indexByName = new Map<string, number>();
  const events: FrameEvent[] = [];
  const put = (type: FrameEvent['type'], name: string, at: number): void => {
    let frame = indexByName.get(name);
    if (frame === undefined) {
      frame = frames.push({ name }) - 1;
      indexByName.set(name, frame);
    }
    events.push({ type, frame, at: at - startedAt });
  };
  const workflow = `workflow ${definition}`;
  put('O', workflow, startedAt);
  for (const [index, part] of parts.entries()) {
    const phase = `phase ${part.phase}`;
    if (parts[index - 1]?.phase !== part.phase) put('O', phase, part.startedAt);
    put('O', nameOf(part), part.startedAt);
    put('C', nameOf(part), part.endedAt);
    if (parts[index + 1]?.phase !== part.phase) put('C', phase, part.endedAt);
  }
  put('C', workflow, startedAt + wallMs);
  const name = `${definition} ${id}`;
  return {
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    exporter: 'chimera',
    name,
    shared: { frames },
    profiles: [
      { type: 'evented', name, unit: 'milliseconds', startValue: 0, endValue: wallMs, events },
    ],
  };
}

function nameOf({ agent, kind, reason }: WorkflowProfileView['parts'][number]): string {
  if (kind === 'agent') return `agent ${agent ?? 'checks'}`;
  return reason === null ? kind : `${kind}: ${reason}`;
}
