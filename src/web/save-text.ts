/** A file for the user, made by the page. */
export function saveText(name: string, type: string, text: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type }))
  link.download = name.replace(/[^\w.-]/g, '_')
  link.click()
  URL.revokeObjectURL(link.href)
}
