"""What Jinja's parser made of a source, changed before it is compiled: our own printing, joining, truth, counting."""

# ruff: noqa: ANN401, D102 - the methods are those of Jinja's classes

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import TemplateSyntaxError, nodes
from jinja2.compiler import CodeGenerator
from jinja2.visitor import NodeTransformer

from mailer.render.jinja.simple import EMPTY_HINTS

_NOT_SUPPORTED = {
    nodes.Include: ("include", "a letter is one file"),
    nodes.Extends: ("extends", "a letter is one file"),
    nodes.Import: ("import", "a letter is one file"),
    nodes.FromImport: ("import", "a letter is one file"),
    nodes.ScopedEvalContextModifier: ("autoescape", "values are text always"),
}


class Generator(CodeGenerator):
    """Jinja's code generator without its escaping: what ``_print`` gives is safe."""

    def _output_child_pre(self, *_: Any) -> None:
        self.write("(")


def refuse_unsupported(tree: nodes.Template) -> None:
    """Raise TemplateSyntaxError for statements that a letter may not hold."""
    for node in tree.find_all(tuple(_NOT_SUPPORTED)):
        word, reason = _NOT_SUPPORTED[type(node)]
        raise TemplateSyntaxError(f"{{% {word} %}} is not supported: {reason}", node.lineno)


class Rewriter(NodeTransformer):
    """``bare``: names whose empty value is an error where they are printed alone; ``renamed``: names for others."""

    def __init__(self, bare: frozenset[str], renamed: Mapping[str, str]) -> None:
        self._bare, self._renamed = bare, renamed

    def visit_Name(self, node: nodes.Name) -> nodes.Node:  # noqa: N802 - Jinja's naming
        node.name = self._renamed.get(node.name, node.name)
        return node

    def visit_Output(self, node: nodes.Output) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.nodes = [n if isinstance(n, nodes.TemplateData) else self._printed(n) for n in node.nodes]
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _filter(nodes.List(node.nodes, lineno=node.lineno), "_concat")

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.expr = _filter(node.expr, "_weighed")
        for operand in node.ops:
            operand.expr = _filter(operand.expr, "_weighed")
        return node

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:  # noqa: N802
        """Weighed as it is made: Python goes through all of it for its hash, without end or watch."""
        self.generic_visit(node)
        return _filter(node, "_weighed") if node.ctx == "load" else node

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:  # noqa: N802
        """Slices pass by ``Environment.getitem``."""
        self.generic_visit(node)
        if not isinstance(node.arg, nodes.Slice):
            return node
        node.node = _plain(node.node)
        return _filter(node, "_weighed")

    def visit_FilterBlock(self, node: nodes.FilterBlock) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.filter = self._printed(node.filter)
        return node

    def visit_AssignBlock(self, node: nodes.AssignBlock) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        if node.filter is not None:
            node.filter = self._printed(node.filter)
        return node

    def visit_If(self, node: nodes.If) -> nodes.Node:  # noqa: N802
        return self._tested(node)

    def visit_CondExpr(self, node: nodes.CondExpr) -> nodes.Node:  # noqa: N802
        return self._tested(node)

    def visit_Not(self, node: nodes.Not) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.node = _plain(node.node)
        return node

    def visit_And(self, node: nodes.And) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _chosen(node, node.right, node.left)

    def visit_Or(self, node: nodes.Or) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _chosen(node, node.left, node.right)

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        self._counted(node)
        node.iter = _plain(node.iter)
        return node

    def visit_Macro(self, node: nodes.Macro) -> nodes.Node:  # noqa: N802
        return self._counted(node)

    def visit_CallBlock(self, node: nodes.CallBlock) -> nodes.Node:  # noqa: N802
        return self._counted(node)

    def visit_Block(self, node: nodes.Block) -> nodes.Node:  # noqa: N802
        return self._counted(node)

    def _tested(self, node: Any) -> nodes.Node:
        self.generic_visit(node)
        node.test = _plain(node.test)
        return node  # type: ignore[no-any-return]

    def _counted(self, node: Any) -> nodes.Node:
        cost = sum(len(data.data) for data in node.find_all(nodes.TemplateData))
        self.generic_visit(node)
        turn = _filter(nodes.Const(cost, lineno=node.lineno), "_turn")
        node.body.insert(0, nodes.ExprStmt(turn, lineno=node.lineno))
        return node  # type: ignore[no-any-return]

    def _printed(self, node: nodes.Expr) -> nodes.Filter:
        first = node if isinstance(node, nodes.Name) else node.find(nodes.Name)
        name = first.name if first else ""
        bare = isinstance(node, nodes.Name) and (name in self._bare or name in EMPTY_HINTS)
        if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
            name = f"{name}.{node.attr}"
            bare = name in EMPTY_HINTS
        return _filter(node, "_print", nodes.Const(name, lineno=node.lineno), nodes.Const(bare, lineno=node.lineno))


def _chosen(node: nodes.BinExpr, then: nodes.Expr, otherwise: nodes.Expr) -> nodes.Expr:
    """``and`` and ``or`` by the real value of a name; other operands are real values already."""
    if not isinstance(node.left, nodes.Name):
        return node
    return nodes.CondExpr(_plain(node.left), then, otherwise, lineno=node.lineno)


def _plain(node: Any) -> nodes.Filter:
    return _filter(node, "_plain")


def _filter(node: nodes.Expr, name: str, *arguments: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(node, name, list(arguments), [], None, None, lineno=node.lineno)
