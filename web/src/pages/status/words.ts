/** `reloadConfigSuccess` as "Reload config success"; names that are not camelCase stay. */
export function words(name: string): string {
  if (!/^[a-z]+([A-Z][a-z]+)*$/.test(name)) return name;
  const text = name.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
  return text.charAt(0).toUpperCase() + text.slice(1);
}
