"""How the pages of this folder become a site: ``./run docs``. Nothing is fetched, neither while it is built nor while it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils.nodes import SkipNode
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util.logging import getLogger

if TYPE_CHECKING:
    from docutils.nodes import math, math_block
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

project = "Territory Lab"
language = "en"
extensions = ["myst_parser", "sphinx.ext.autodoc"]

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_type_aliases = {name: name for name in ("FloatArray", "IntArray", "BoolArray")}
python_maximum_signature_line_length = 100
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_title = "Territory Lab"
html_math_renderer = "mathml"
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False


def _visit_math(translator: HTML5Translator, node: math | math_block) -> None:
    as_block = node.tagname == "math_block"
    try:
        formula = tex2mathml(node.astext(), as_block=as_block)
    except MathError as error:
        getLogger(__name__).warning("a formula cannot be read: %s", error, location=node)
        raise SkipNode from error
    translator.body.append(f'<div style="overflow-x: auto; padding: 0.5em 0">{formula}</div>' if as_block else formula)
    raise SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Formulas are written as MathML, which browsers draw by themselves: MathJax would have to be fetched."""
    app.add_html_math_renderer("mathml", (_visit_math, None), (_visit_math, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
