"""The table of states × acts × persons in words, as docs/workflow.md prints it."""

from evaluations.enums import TRANSITIONS, Act, SheetState, Transition


def table() -> str:
    """Return the acts as a Markdown table: who, from where, to where, under what condition."""
    head = "| 操作 | だれが | どの状態から | どの状態へ | 条件 |\n| --- | --- | --- | --- | --- |\n"
    return head + "".join(_row(transition) for transition in TRANSITIONS)


def _row(transition: Transition) -> str:
    sources = "・".join(state.label for state in SheetState if state in transition.sources)
    target = transition.target.label if transition.target else "（変わらない）"
    conditions = []
    if transition.needs_reason:
        conditions.append("理由が必要")
    if transition.not_own:
        conditions.append("自分の入力は不可（職員が一人の課室に自己承認を認めたときを除く）")
    if transition.reopened_only:
        conditions.append("再開したシートだけ")
    cells = (transition.act.label, transition.actor.label, sources, target, "。".join(conditions))
    return f"| {' | '.join(cells)} |\n"


def picture() -> str:
    """Return the states and the acts that lead from one to another, as a Mermaid diagram."""
    lines = ["stateDiagram-v2", "    direction LR"]
    lines += [f'    state "{state.label}" as {state.value}' for state in SheetState]
    lines.append(f"    [*] --> {SheetState.NOT_STARTED.value}")
    seen: dict[tuple[str, str], list[Act]] = {}
    for transition in TRANSITIONS:
        for source in SheetState:
            if source in transition.sources and transition.target not in {None, source}:
                assert transition.target is not None
                acts = seen.setdefault((source.value, transition.target.value), [])
                if transition.act not in acts:
                    acts.append(transition.act)
    for (source_value, target_value), acts in seen.items():
        lines.append(f"    {source_value} --> {target_value}: {'・'.join(act.label for act in acts)}")
    return "\n".join(lines) + "\n"


_MARKS = ("<!-- 図と表: ここから -->\n", "<!-- 図と表: ここまで -->\n")


def document(text: str) -> str:
    """Return a document with picture and table between its marks put in anew.

    :raises ValueError: if the marks are not there
    """
    before, rest = text.split(_MARKS[0])
    _, after = rest.split(_MARKS[1])
    inner = f"\n```mermaid\n{picture()}```\n\n{table()}\n"
    return f"{before}{_MARKS[0]}{inner}{_MARKS[1]}{after}"
