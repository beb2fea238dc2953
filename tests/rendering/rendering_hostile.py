"""What strangers write to break things, and how any text at all is made."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st

unhurried = settings(deadline=None)
"""The machine may be busy with other tests."""

ATTACKS = (
    "<!channel> <!here> <!everyone> <@U123> <!subteam^S1>",
    "&lt;!channel&gt; &#60;!here&#62; ＜!channel＞ <\u200b!channel>",
    "@everyone @here @channel @all",
    "<https://evil.example|bank.example>",
    "[bank](https://evil.example/login) *bold* _it_ `code` ```fence```",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "\"><svg/onload=alert(1)>' style='x' {{ 7*7 }} {% raw %}",
    "</style><style>@import url(https://evil.example/x.css)</style>",
    "javascript:alert(1) data:text/html,x www.evil.example/x",
    "abc\u202edef\u2066ghi\u200f \u200b\ufeff\u00ad\U000e0041",
    "line\r\nBcc: victim@example.org\u2028next\u0085\x00\x1b[31m",
    "z" + "\u0489\u0301" * 40,
    "\ud800 \uffff \U0001f468\u200d\U0001f469",
    "{headline} {0} {brand.__class__} %s",
    "a-" * 4000,
    "a." * 4000,
    "﷽" * 300,
)

any_text = st.one_of(
    st.text(st.characters(), max_size=600),
    st.sampled_from(ATTACKS),
    st.builds(lambda a, b, c: a + b + c, st.text(max_size=40), st.sampled_from(ATTACKS), st.text(max_size=40)),
)

any_url = st.one_of(
    st.none(),
    any_text,
    st.builds("https://{}".format, any_text),
    st.sampled_from(
        [
            "https://m.example/1",
            "HTTPS://M.EXAMPLE:8443/a?b=c&d=%3Cx%3E#f",
            "http://bank.example@evil.example/",
            "javascript:alert(1)",
            "data:text/html,<b>x</b>",
            "https://evil.example/|bank",
            "https://evil.example/>bank<",
            "https://[::1",
            "https://evil.example:notaport/",
            "//evil.example/x",
            "https://m.example/" + "x" * 5000,
        ]
    ),
)
