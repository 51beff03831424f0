import strata from "./index.cjs";

export const { getLoadablePath, load } = strata;
