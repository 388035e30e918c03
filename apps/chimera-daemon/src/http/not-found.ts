import { ApiError } from './api-error.ts';

/** Ids of workflows are made of the time (UUID version 7), those of dead letters of chance alone (4). */
const versionOf = (id: string) => /^[0-9a-f]{8}-[0-9a-f]{4}-([47])[0-9a-f]{3}-/.exec(id)?.[1];

export function noWorkflow(wanted: string): ApiError {
  const id = short(wanted);
  const where = versionOf(wanted) === '4' ? `GET /api/dead-letters/${id}` : 'GET /api/workflows';
  return new ApiError(404, 'WORKFLOW_NOT_FOUND', `there is no workflow ${id}; see: ${where}`);
}

export function noDeadLetterWords(wanted: string): string {
  const id = short(wanted);
  const which = versionOf(wanted) === '7' ? `?workflow=${id}` : '';
  return `there is no dead letter ${id}; see: GET /api/dead-letters${which}`;
}

function short(id: string): string {
  return id.length > 60 ? `${id.slice(0, 60)}…` : id;
}
