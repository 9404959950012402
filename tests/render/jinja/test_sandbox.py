"""Templates are kept in: what they may say, what they may not reach, and what they may take of time and memory."""

import itertools
import subprocess
import sys
import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mailer.errors import BadData
from mailer.message.address import parse_mailbox
from mailer.message.slots import Marks, fill
from mailer.render.jinja import limits
from mailer.render.jinja.engine import Engine
from mailer.render.jinja.environment import Environment
from mailer.render.jinja.sandbox import Sandbox
from mailer.render.jinja.simple import Prose, simple_template
from mailer.render.row import People
from tests.conftest import examples
from tests.kit.rows import each_row

TEXTS = st.sampled_from(["", "x", "A", "Axe", " ", "a\nb", "{{ a }}"])
PERSON = People.of([parse_mailbox("Dana Ruiz <dana@acme.example>")], "en")
PEOPLE = {"x": "a*b", "n": "Dana Ruiz", "empty": ""}


def said(source: str, **values: object) -> str:
    marks = Marks(source)
    text, prints = Sandbox(marks).compile(source, "t.md", bare=False).render({**PEOPLE, **values})
    return fill(marks.pieces(text, "verbatim"), prints)


@each_row(
    ("source", "text"),
    [
        ("{{ x|upper }}", "A*B"),
        ("{% macro m(v) %}<{{ v }}>{% endmacro %}{{ m(x)|upper }}", "<A*B>"),
        ("{% set s %}-{{ x }}-{% endset %}{{ s|length }}", "5"),
        ("{% set s %}-{{ x }}-{% endset %}{{ s|replace('a*b', 'c') }}", "-c-"),
        ("{% set s %}-{{ x }}-{% endset %}{{ 'yes' if s == '-a*b-' else 'no' }}", "yes"),
        ("{% set s %}{{ x }}{% endset %}{{ 'yes' if s in ['a*b'] else 'no' }}", "yes"),
        ("{% set s %}{{ x }}{% endset %}{{ s.startswith('a') }} {{ s[0] }} {{ s.split('*')|join('+') }}", "True a a+b"),
        ("{% set s %}{{ x }}{% endset %}{{ s is equalto 'a*b' }}", "True"),
        ("{% set s %}{{ x }}{% endset %}{% for c in s %}[{{ c }}]{% endfor %}", "[a][*][b]"),
        ("{% set s %}{{ x }}{% endset %}{{ {'a*b': 1}[s] }}", "1"),
        (
            "{% set s %}{{ empty }}{% endset %}{% if s %}full{% else %}empty{% endif %}{{ s or 'or' }}{{ not s }}",
            "emptyorTrue",
        ),
        ("{% set s %}{{ x }}{% endset %}{{ s and 'and' }}", "and"),
        ("{% set a %}{{ n }}{% endset %}{% set b %}{{ x }}{% endset %}{{ [b, a]|sort|join(',') }}", "a*b,Dana Ruiz"),
        ("{% filter upper %}{{ x }} y{% endfilter %}", "A*B Y"),
        ("{% set s | upper %}{{ x }} y{% endset %}{{ s }}", "A*B Y"),
        ("{% call(v) m() %}{{ v }}{% endcall %}{% macro m() %}{{ caller(x) }}!{% endmacro %}", None),
        ("{% macro m() %}{{ caller(x) }}!{% endmacro %}{% call(v) m() %}<{{ v }}>{% endcall %}", "<a*b>!"),
        ("{% block b %}{{ x }}{% endblock %}{{ self.b() }}", "a*ba*b"),
        ("{{ x ~ 1 ~ none }}", "a*b1None"),
        ("{{ 'Hi' ~ '' }} {{ 1 + 2 }} {{ 2 ** 8 }} {{ 'ab' * 3 }} {{ '%03d' % 7 }}", "Hi 3 256 ababab 007"),
        (
            "{{ '%s and %s'|format(x, n) }} {{ '{0} {b}'.format(x, b=n) }} {{ '%(x)s' % {'x': x} }}",
            "a*b and Dana Ruiz a*b Dana Ruiz a*b",
        ),
        ("{{ [x, n]|join(', ') }} {{ [x]|map('upper')|join }} {{ 'a,b'.split(',')|last }}", "a*b, Dana Ruiz A*B b"),
        ("{{ n.split()[0] }} {{ n|first }} {{ n|wordcount }} {{ n|title }} {{ '  x '|trim }}", "Dana D 2 Dana Ruiz x"),
        ("{% for c in n if c in 'DR' %}{{ loop.index }}{{ c }}{% endfor %}", "1D2R"),
        ("{% set ns = namespace(t=0) %}{% for c in n %}{% set ns.t = ns.t + 1 %}{% endfor %}{{ ns.t }}", "9"),
        ("{{ joiner(', ')() }}{{ range(3)|sum }}{{ [3, 1]|sort }}{{ {'a': 1}.items()|list }}", "3[1, 3][('a', 1)]"),
        ("{{ x|e }}{{ x|escape }}{{ x|string }}", "a*ba*ba*b"),
        ("{% raw %}{{ x }}{% endraw %}{# not said #}{{ '{{ x }}' }}", "{{ x }}{{ x }}"),
        ("{{ x if n else 'y' }}{{ 'y' if empty }}", "a*b"),
        ("{{ dict(a=1).a }}{{ missing|default('d') }}{{ 'q' if missing is defined else 'r' }}", "1dr"),
        ("{{ 3.5|round|int }} {{ 1234.5|round(1) }} {{ '12'|int + 1 }}", "4 1234.5 13"),
        ("{% filter indent(2) %}a\n{{ x }}{% endfilter %}", "a\n  a*b"),
        (
            "{% set s %}-{{ x }}-{% endset %}{{ s[:3] }} {{ s[::-1] }} {{ x[1:] }} {{ (1, 2, 3)[1:] }}",
            "-a* -b*a- *b (2, 3)",
        ),
        ("{% set a, b = x, (n, 1) %}{{ a }}{{ b[1] }}{{ {(a, 1): 2}[(a, 1)] }}", "a*b12"),
        ("{% if n == '10% }' %}{{ x }}{% else %}{{ '{}' }}{% endif %}", "{}"),
    ],
)
def test_filters_tests_and_conditionals_see_real_values(source, text):
    if text is None:
        with pytest.raises(BadData):
            said(source)
    else:
        assert said(source) == text


@each_row(
    "source",
    [
        "{{ x.__class__ }}",
        "{{ x.__class__.__mro__ }}",
        "{{ ''|attr('__class__') }}",
        "{{ x['__class__'] }}",
        "{{ '{0.__class__}'.format(x) }}",
        "{{ '{x.__class__}'.format_map({'x': x}) }}",
        "{{ ''.join.__self__ }}",
        "{{ ('{0.__cl' ~ 'ass__}')|attr('format')(x) }}",
        "{{ x['format']['__globals__'] }}",
        "{{ range.__globals__ }}",
        "{{ self.__init__ }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ [x]|map(attribute='__class__')|join }}",
        "{{ [].append(1) }}",
        "{{ {}.update(a=1) }}",
        "{% include 'a.md' %}",
        "{% import 'a' as a %}",
        "{% from 'a' import b %}",
        "{% extends 'a' %}",
        "{% autoescape false %}{{ x }}{% endautoescape %}",
        "{{ x|safe }}",
        "{{ '<b>'|safe }}",
        "{{ x|tojson }}",
        "{{ {'a': x}|xmlattr }}",
        "{{ x|random }}",
        "{{ lipsum() }}",
        "{{ missing }}",
        "{{ x.missing }}",
        "{{ 1 // 0 }}",
        "{{ x|nofilter }}",
        "{{ x",
        "{% if %}",
        "{% endif %}",
        "{{ x() }}",
        "{{ 'a' + 1 }}",
        "{{ x.encode() }}",
        "{{ x.translate({97: 'b'}) }}",
        "{{ x | map('nope') | list }}",
        "{{ x is nope }}",
    ],
)
def test_what_is_not_allowed_is_bad_data_with_file_and_line(source):
    with pytest.raises(BadData) as caught:
        said("first line\n" + source)
    assert (caught.value.file, caught.value.line) == ("t.md", 2)


NAMESPACE = "{% set ns = namespace(x=(1,)) %}"
PAIRS = NAMESPACE + "{% for i in range(99999) %}{% set ns.x = (PAIR) %}{% endfor %}"
HASHED = [
    "{{ {ns.x: 1} }}",
    "{{ {'a': 1}[ns.x] }}",
    "{{ ns.x in {'a': 1} }}",
    "{{ {'a': 1}.get(ns.x) }}",
    "{{ dict([[ns.x, 1]]) }}",
    "{{ [ns.x]|unique|list|length }}",
    "{{ [1]|map(ns.x)|list }}",
]
HOSTILE = [
    "{{ 'x' * 10**10 }}",
    "{{ [1] * 10**9 }}",
    "{{ 10**10**10 }}",
    "{{ (9**64)**64 }}",
    "{{ 'x'.center(10**9) }}",
    "{{ 'x'|center(10**9) }}",
    "{{ 'x'.ljust(99999999) }}",
    "{{ '0'.zfill(10**8) }}",
    "{{ '%99999999d' % 1 }}",
    "{{ '%*d' % (99999999, 1) }}",
    "{{ '%99999999s'|format('x') }}",
    "{{ '{:99999999}'.format(1) }}",
    "{{ '{:{}}'.format(1, 99999999) }}",
    "{{ '{:{}}'.format('x', '99999999') }}",
    "{{ '{:99999999}'['format'](1) }}",
    "{{ '{:>{a[0]}}'.format(1, a=[10**9]) }}",
    "{{ ('{0:9999}' * 100000).format(1) }}",
    "{{ ('%(a)s' * 90000) % {'a': 'x' * 99999} }}",
    "{{ ('{a}' * 90000).format(a='x' * 99999) }}",
    "{{ ('{:99999999}'|attr('format'))(1) }}",
    "{{ ('\\t' * 999999).expandtabs(9999) }}",
    "{{ ('a' * 999999).replace('a', 'b' * 9999) }}",
    "{{ ('a' * 999999)|replace('a', 'b' * 9999) }}",
    "{{ ('a' * 999999)|replace('', 'b' * 9999) }}",
    "{{ ('x' * 9999).join('y' * 99999) }}",
    "{{ ('y' * 99999)|join('x' * 9999) }}",
    "{{ ('\\n' * 99999)|indent(9999) }}",
    "{{ ('x' * 99999)|wordwrap(1, wrapstring='y' * 99999) }}",
    "{{ range(99999)|map('center', 9999)|list|length }}",
    "{{ range(99999)|map('center', 9999)|join }}",
    "{{ range(10**9)|list }}",
    "{{ range(99999)|batch(10**9, 'x')|list }}",
    "{{ ('a' * 99999)|map('batch', 9999, 'x')|map('list')|list|length }}",
    "{{ ('<!---->' * 99999)|striptags }}",
    "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "{% for i in range(99999) %}{{ 'x' * 9999 }}{% endfor %}",
    "{% for i in range(99999) %}" + "x" * 999 + "{% endfor %}",
    "{% macro m(n) %}{{ m(n) }}{% endmacro %}{{ m(1) }}",
    "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(40) }}",
    "{% block b %}{{ self.b() }}{% endblock %}",
    "".join(f"{{% block b{n} %}}{{{{ self.b{n + 1}() }}}}{{{{ self.b{n + 1}() }}}}{{% endblock %}}" for n in range(40))
    + "{% block b40 %}{% endblock %}",
    "{% set ns = namespace(s='xx') %}{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s|length }}",
    "{% set ns = namespace(s='xx') %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
    "{% set ns = namespace(s='xx') %}{% for i in range(99) %}{% set ns.s = [ns.s, ns.s]|join %}{% endfor %}",
    "{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
    "{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s }}",
    "{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s ~ '' }}",
    "{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = (ns.s, ns.s) %}{% endfor %}"
    "{{ '%s' % [ns.s] }}",
    "{% set ns = namespace(s=[1], t=[1]) %}{% for i in range(99) %}{% set ns.s = [ns.s, ns.s] %}"
    "{% set ns.t = [ns.t, ns.t] %}{% endfor %}{{ ns.s == ns.t }}",
    "{% set ns = namespace(s=[1], t=[1]) %}{% for i in range(99) %}{% set ns.s = [ns.s, ns.s] %}"
    "{% set ns.t = [ns.t, ns.t] %}{% endfor %}{{ ns.s is eq ns.t }}{{ ns.s in [ns.t] }}",
    "{% set a = namespace() %}{% set ns = namespace(s=a) %}{% for i in range(99) %}"
    "{% set ns.s = namespace(l=ns.s, r=ns.s) %}{% endfor %}{{ ns.s }}",
    "{% set m %}{{ 'x' * 999999 }}{% endset %}{% for i in range(99999) %}{{ m }}{% endfor %}",
    "{% set m %}{{ 'x' * 999 }}{% endset %}{% for i in range(99999) %}{{ m|length }}{% endfor %}",
    "{% for i in range(99999) %}" + "{{ '' }}" * 11 + "{% endfor %}",
    "{{ range(9999)|map('list')|list if false else [[1] * 9]|list * 999999 }}",
    "{{ 'x'.encode().center(10**9) }}",
    "{{ (1).to_bytes(10**9, 'big') }}",
    "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "{{ " + "1+" * 9999 + "1 }}",
    "{% for a in x %}" * 40 + "{% endfor %}" * 40,
    "{% if x %}" * 300 + "{% endif %}" * 300,
    "{{ " + "[" * 9999 + " }}",
    "{{ x" + ".a" * 20000 + " }}",
    "{{ " + "not " * 9999 + "x }}",
    "{{ x }}" * 40_000,
    "{{ ([['x'] * 9] * 9999)|sum(start=[])|length }}",
    *(PAIRS.replace("PAIR", "ns.x, ns.x") + end for end in HASHED),
    PAIRS.replace("PAIR", "ns.x,") + HASHED[0],
    PAIRS.replace("PAIR", "((((((((((ns.x,),),),),),),),),)") + HASHED[0],
    NAMESPACE + "{% for i in range(99) %}{% set ns.x = cycler(ns.x, ns.x).items %}{% endfor %}" + HASHED[0],
    NAMESPACE + "{% macro m() %}{% set ns.x = varargs %}{% endmacro %}"
    "{% for i in range(99) %}{{ m(ns.x, ns.x) }}{% endfor %}" + HASHED[0],
    NAMESPACE + "{% set y = 'y' * 900000 %}{% for i in range(99999) %}{% set ns.x = [ns.x, y[i:]] %}{% endfor %}",
    NAMESPACE + "{% set y = [1] * 900000 %}{% for i in range(99999) %}{% set ns.x = [ns.x, y[i:]] %}{% endfor %}",
    "{% if " + "not " * 3000 + "x %}y{% endif %}",
    "{{" * 99_000,
    "{% " * 66_000,
    "{% if x" * 28_000,
]


@pytest.fixture(params=["a tenth", pytest.param("all", marks=pytest.mark.slow)])
def budget(request, monkeypatch):
    """What a rendering may take, or a tenth of it, which is as soon used up."""
    for name in ("MAX_TURNS", "MAX_WORK", "MAX_OUTPUT"):
        whole = getattr(limits, name)
        monkeypatch.setattr(limits, name, whole // 10 if request.param == "a tenth" else whole)


@pytest.mark.parametrize("source", HOSTILE, ids=[source[:60] for source in HOSTILE])
def test_time_and_memory_are_bounded(source, budget):
    start = time.process_time()
    with pytest.raises(BadData) as caught:
        said(source)
    assert caught.value.file == "t.md"
    assert time.process_time() - start < 15


LIMITED = """
import resource, sys
from mailer.errors import BadData
from tests.render.jinja.test_sandbox import HOSTILE, said
said("{{ x }}")
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
for source in HOSTILE:
    try:
        said(source)
    except BadData as error:
        assert "memory" not in error.text, source
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS is honoured by Linux")
def test_a_gigabyte_is_enough_for_every_hostile_template():
    done = subprocess.run([sys.executable, "-c", LIMITED], capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_long_letter_is_not_stopped():
    names = [f"Person {n}" for n in range(500)]
    source = "{% for p in people %}- {{ p|upper }}: {{ '%s' % p }}{% if p in people %}!{% endif %}\n{% endfor %}"
    assert said(source, people=names[:100]).count("!") == 100


def test_typed_text_cannot_forge_a_mark():
    marks = Marks("")
    forged = marks.nonce[:5] + "{# #}" + marks.nonce[5:] + "000000"
    assert Marks(forged).nonce != Marks(forged).nonce
    assert said("{{ x }}" + forged) == "a*b" + marks.nonce + "000000"


# --- sources that Jinja need not run -------------------------------------------------------------------------------

SIMPLE = [
    "Hello {{ n }}, {{ x }} and {{ n }}.",
    "{% if n %}{{ n }}{% endif %}{% if not empty %}-{{ x }}{% endif %}",
    "{% if x and not n %}1{% elif n == 'Dana Ruiz' %}2 {{ x }}{% elif empty %}3{% else %}4{% endif %} end",
    "{% if n != 'Dana Ruiz' or x == 'b' %}a{% if empty %}b{% else %}c{{ n }}{% endif %}{% else %}d{{ x }}{% endif %}",
    "{% if n.startswith('D') and x.endswith('z') %}{{ x }}{% else %}{{ n }}{% endif %}",
    "{%- if x -%}  {{ n }}  {%- endif %}\n",
    "no value",
]
OTHER = [
    "{{ n|upper }}",
    "{{ n.upper() }}",
    "{{ n }}{% for c in n %}{{ c }}{% endfor %}",
    "{% if n|length > 3 %}{{ n }}{% endif %}",
    "{% if n.strip() %}{{ n }}{% endif %}",
    "{% if n == x %}{{ n }}{% endif %}",
    "{% if n in 'Dana' %}{{ n }}{% endif %}",
    "{% if n.startswith(x) %}{{ n }}{% endif %}",
    "{% if n.startswith('a', 1) %}{{ n }}{% endif %}",
    "{{ n.name }}",
    "{{ 'x' }}{{ n }}",
    "{% set y = n %}{{ y }}",
]


@each_row("source", SIMPLE + OTHER)
def test_simple_sources_say_without_jinja_what_they_say_with_it(source):
    texts = ["", "a", "Dana Ruiz", "D z", "b"]
    marks = Marks(source)
    compiled = Sandbox(marks).compile(source, "t.md", bare=False)
    assert (compiled._simple is not None) == (source in SIMPLE)
    for n, x, empty in itertools.product(texts, texts, ["", "full"]):
        values = {"n": n, "x": x, "empty": empty}
        assert outcome(compiled.render, values) == outcome(compiled._engine().render, values)
        if compiled._simple:
            assert compiled._simple.render(values) is not None


PROSE = ["", " ", "*typed* & <b>\n\nmore", "{{ n }}"]


@each_row(
    "source", ["{{ prose }}", "{% if prose %}{{ n }}: {{ prose }}, {{ PROSE }}{% else %}-{% endif %}{{ x }}", "{{ n }}"]
)
@each_row("prose", PROSE)
@each_row("bare", [True, False])
def test_prose_is_printed_as_it_is_with_and_without_jinja(source, prose, bare):
    source = source if bare else source.replace("PROSE", "prose")
    compiled = Sandbox(Marks(source, prose)).compile(source, "t.md", bare=bare)
    for value in (Prose(prose), prose):
        values = {"prose": value, "n": "a*b", "x": "b"}
        assert outcome(compiled.render, values) == outcome(compiled._engine().render, values)
        if prose.strip():
            assert compiled._simple.render(values) is not None


def outcome(render, values):
    try:
        text, prints = render(values)
    except BadData as error:
        return error.text
    return text, list(prints.texts), list(prints.names)


BLOCKS = ["{{ a }}", "{{ to.name }}", "{% if a %}", "{% if b == 'x' or not a %}", "{% elif b %}", "{% else %}"]
BLOCKS += ["{% endif %}", "{%- endif -%}", "{% raw %}", "{% endraw %}", " ", "\n"]
BITS = """{{ }} {% %} {# #} if elif else endif a b and or not == != 'A' "x" ( ) .startswith .endswith to.name { -
    -%} {%- + text true é \\ 1 in is set raw {{a}} {%if """.split()  # noqa: SIM905


@examples(400)
@given(parts=st.lists(st.sampled_from(BLOCKS * 2 + BITS), max_size=12), a=TEXTS, b=TEXTS, bare=st.booleans())
def test_what_is_read_as_simple_is_so_to_jinja(parts, a, b, bare):
    source = "".join(parts)
    marks = Marks(source)
    simple = simple_template(source, marks, bare=bare)
    assume(simple is not None)
    jinja = Engine(Environment(marks), source, "t.md", 1, None, bare=bare)
    assert simple.names == jinja.names
    values = {"a": a, "b": b, "to.name": "Dana Ruiz", "to": PERSON}
    said = simple.render(values)
    assert said is None or outcome(lambda _: said, values) == outcome(jinja.render, values)


@pytest.mark.parametrize("value", ["", " ", "\t"])
def test_a_blank_value_is_told_by_jinja_where_it_may_not_be(value):
    compiled = Sandbox(Marks("")).compile("{% if n %}x\n{{ n }}{% else %}\n\n{{ n }}{% endif %}", "t.md")
    with pytest.raises(BadData, match="n }} is empty") as caught:
        compiled.render({"n": value})
    assert caught.value.line == (4 if not value else 2)


def test_a_simple_source_puts_out_no_more_than_jinja_may():
    compiled = Sandbox(Marks("")).compile("{{ n }}" * 5_000, "t.md")
    with pytest.raises(BadData, match="more than 4,000,000 characters"):
        compiled.render({"n": "x" * 1000})


def test_many_ways_through_a_source_are_not_all_kept():
    source = "".join(f"{{% if v{n} %}}{n}{{% endif %}}" for n in range(12))
    compiled = Sandbox(Marks("")).compile(source, "t.md", bare=False)
    for number in range(1000):
        values = {f"v{n}": "x" * (number >> n & 1) for n in range(12)}
        assert compiled.render(values).text == "".join(str(n) for n in range(12) if number >> n & 1)
    assert len(compiled._simple._ways) <= 256
