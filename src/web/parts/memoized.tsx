/** A part that is drawn again only when what it is given has changed, however often what is around it is drawn. */
import { Component, type ComponentType } from 'preact'

export function memoized<P extends object>(Part: ComponentType<P>, isSame: (before: Readonly<P>, after: Readonly<P>) => boolean) {
  return class extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      return !isSame(this.props, next)
    }

    override render() {
      return <Part {...this.props} />
    }
  }
}
