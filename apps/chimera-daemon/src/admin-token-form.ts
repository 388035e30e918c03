/** One line of printable ASCII: a header of HTTP carries nothing else as it is. */
export const adminTokenForm: RegExp = /^[\x20-\x7e]*$/;
