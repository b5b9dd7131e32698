/** Where the person works: the switch of organization, workspace and project. */
export function PlaceSwitch() {
  return null;
}
