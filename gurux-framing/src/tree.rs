//! [`Tree`]: what a parser told, kept.

use core::ops::Range;

use alloc::string::String;
use alloc::vec::Vec;

use crate::explain::{Shown, Visit};

/// A visitor that keeps what it is told, as a tree: for writers that must know a whole group before
/// they write it (JSON, XML).
///
/// ```
/// use gurux_framing::{Node, Tree, TreeValue, rules};
///
/// let frame = [0x10, 0x49, 0x0C, 0x87, 0xDC, 0x16];
/// let mut tree = Tree::new();
/// rules::ft12::fixed(2).explain(&frame, 0, &mut tree)?;
/// let [Node::Group { name, nodes, .. }] = tree.nodes() else { panic!() };
/// assert_eq!(*name, "frame of fixed length");
/// assert!(matches!(&nodes[1], Node::Field {
///     name: "content", value: TreeValue::Octets(octets), ..
/// } if octets == &[0x49, 0x0C, 0x87]));
/// # Ok::<(), gurux_framing::WireError>(())
/// ```
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Tree {
    /// What is finished, of the outermost level.
    nodes: Vec<Node>,
    /// Groups and lists that are still open, the innermost last.
    open: Vec<Node>,
}

/// A field, a group or a list.
#[derive(Clone, PartialEq, Debug)]
pub enum Node {
    /// A field that carries meaning, or one of structure.
    Field {
        /// Its octets, counted from the start of the outermost buffer.
        at: Range<usize>,
        /// The standard's name.
        name: &'static str,
        /// The value.
        value: TreeValue,
        /// Does it only hold the message together?
        structure: bool,
    },
    /// Named fields.
    Group {
        /// Its octets.
        at: Range<usize>,
        /// The standard's name.
        name: &'static str,
        /// What is in it.
        nodes: Vec<Node>,
    },
    /// Like items.
    List {
        /// Its octets.
        at: Range<usize>,
        /// The standard's name.
        name: &'static str,
        /// The items.
        nodes: Vec<Node>,
    },
}

/// The value of a field, owned: [`Shown`] without the borrowing.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum TreeValue {
    /// An unsigned number.
    Unsigned(u64),
    /// A signed number.
    Signed(i64),
    /// Yes or no.
    Flag(bool),
    /// A code, with its name where it has one.
    Code {
        /// The number on the wire.
        code: u64,
        /// The standard's name for it.
        name: Option<&'static str>,
    },
    /// Octets without further meaning here.
    Octets(Vec<u8>),
    /// A text.
    Text(String),
}

impl From<Shown<'_>> for TreeValue {
    fn from(shown: Shown<'_>) -> Self {
        match shown {
            Shown::Unsigned(value) => Self::Unsigned(value),
            Shown::Signed(value) => Self::Signed(value),
            Shown::Flag(value) => Self::Flag(value),
            Shown::Code { code, name } => Self::Code { code, name },
            Shown::Octets(octets) => Self::Octets(octets.into()),
            Shown::Text(text) => Self::Text(text.into()),
        }
    }
}

impl TreeValue {
    /// The value as a visitor is told of it.
    #[must_use]
    pub fn shown(&self) -> Shown<'_> {
        match self {
            Self::Unsigned(value) => Shown::Unsigned(*value),
            Self::Signed(value) => Shown::Signed(*value),
            Self::Flag(value) => Shown::Flag(*value),
            Self::Code { code, name } => Shown::Code { code: *code, name: *name },
            Self::Octets(octets) => Shown::Octets(octets),
            Self::Text(text) => Shown::Text(text),
        }
    }
}

impl Node {
    /// The octets of the node.
    #[must_use]
    pub const fn at(&self) -> &Range<usize> {
        match self {
            Self::Field { at, .. } | Self::Group { at, .. } | Self::List { at, .. } => at,
        }
    }

    /// The standard's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Field { name, .. } | Self::Group { name, .. } | Self::List { name, .. } => name,
        }
    }

    /// What is in a group or a list; nothing in a field.
    #[must_use]
    pub fn nodes(&self) -> &[Self] {
        match self {
            Self::Field { .. } => &[],
            Self::Group { nodes, .. } | Self::List { nodes, .. } => nodes,
        }
    }

    /// Tells another visitor of this node and all in it.
    pub fn tell(&self, visitor: &mut impl Visit) {
        match self {
            Self::Field { at, name, value, structure: true } => {
                visitor.structure(at.clone(), name, value.shown());
            }
            Self::Field { at, name, value, structure: false } => {
                visitor.field(at.clone(), name, value.shown());
            }
            Self::Group { at, name, nodes } => {
                visitor.enter_group(at.start, name);
                nodes.iter().for_each(|node| node.tell(visitor));
                visitor.leave(at.end);
            }
            Self::List { at, name, nodes } => {
                visitor.enter_list(at.start, name);
                nodes.iter().for_each(|node| node.tell(visitor));
                visitor.leave(at.end);
            }
        }
    }
}

impl Tree {
    /// A tree that was told nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { nodes: Vec::new(), open: Vec::new() }
    }

    /// What was told, of the outermost level. What a parser entered and, meeting an error, did not
    /// leave is not among it before [`finish`](Self::finish).
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Was everything left that was entered? If not, the parser met an error there.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.open.is_empty()
    }

    /// Leaves what is still open, and gives everything that was told.
    #[must_use]
    pub fn finish(mut self) -> Vec<Node> {
        while let Some(node) = self.open.last() {
            let end = node.nodes().last().map_or(node.at().start, |node| node.at().end);
            self.leave(end);
        }
        self.nodes
    }

    fn push(&mut self, node: Node) {
        match self.open.last_mut() {
            Some(Node::Group { nodes, .. } | Node::List { nodes, .. }) => nodes.push(node),
            _ => self.nodes.push(node),
        }
    }
}

impl Visit for Tree {
    fn field(&mut self, at: Range<usize>, name: &'static str, value: Shown<'_>) {
        self.push(Node::Field { at, name, value: value.into(), structure: false });
    }

    fn structure(&mut self, at: Range<usize>, name: &'static str, value: Shown<'_>) {
        self.push(Node::Field { at, name, value: value.into(), structure: true });
    }

    fn enter_group(&mut self, start: usize, name: &'static str) {
        self.open.push(Node::Group { at: start..start, name, nodes: Vec::new() });
    }

    fn enter_list(&mut self, start: usize, name: &'static str) {
        self.open.push(Node::List { at: start..start, name, nodes: Vec::new() });
    }

    fn leave(&mut self, end: usize) {
        if let Some(mut node) = self.open.pop() {
            if let Node::Group { at, .. } | Node::List { at, .. } = &mut node {
                at.end = end;
            }
            self.push(node);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(visitor: &mut impl Visit) {
        visitor.enter_group(0, "adu");
        visitor.structure(0..1, "length", Shown::Unsigned(3));
        visitor.enter_list(1, "registers");
        visitor.field(1..3, "register", Shown::Signed(-7));
        visitor.field(3..4, "text", Shown::Text("x"));
    }

    #[test]
    fn a_tree_tells_what_it_was_told() {
        let mut tree = Tree::new();
        told(&mut tree);
        assert!(!tree.is_whole());
        tree.leave(4);
        tree.leave(5);
        assert!(tree.is_whole());
        let mut again = Tree::new();
        tree.nodes().iter().for_each(|node| node.tell(&mut again));
        assert_eq!(tree, again);
        assert_eq!(tree.nodes()[0].nodes()[1].at(), &(1..4));
    }

    #[test]
    fn what_was_not_left_is_kept_up_to_where_it_was_told() {
        let mut tree = Tree::new();
        told(&mut tree);
        assert!(tree.nodes().is_empty());
        let nodes = tree.finish();
        assert_eq!((nodes.len(), nodes[0].at(), nodes[0].nodes().len()), (1, &(0..4), 2));
    }

    #[test]
    fn leaving_too_often_does_nothing() {
        let mut tree = Tree::new();
        tree.leave(3);
        assert!(tree.is_whole() && tree.nodes().is_empty());
    }
}
