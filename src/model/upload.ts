// Files by HTTP: what a slot's URL says.

export const uploadPath = "/upload";

/** What a PUT must prove, all of it from its URL. */
export interface UploadClaim {
  readonly token: string;
  readonly name: string;
  readonly bytes: number;
  readonly type: string;
  readonly until: number;
  readonly signature: string;
}
