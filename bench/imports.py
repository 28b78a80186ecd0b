"""How long an import takes beside only reading its file: `python bench/imports.py [ROWS]`.

Prints, for SQLite and (where its programs are installed) PostgreSQL, the ratios of each step to
python-calamine reading the same workbook in the same process, what a stock django-import-export resource
takes for the same rows, how the time for a row and the memory grow with five times the rows, and how long
a PDF of 100 pages and a text of 200 programs take. Every figure says whether it is within its bound.

Each measurement works in a process and a database of its own. Times are those of the clock; "cpu" is the
processors' time of the server and the reading process together, which tells more where others are at work.
A machine's speed changes from one second to the next, so the reading alone is measured before and after every
act, and the medians are compared.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

HEADINGS = ("順番", "事業番号", "事務事業名", "部局", "課室", "事業の目的", "事業の概要", "成果")
YEAR = 2024
MORE = 5  # times the rows, for what a row costs in a long list
STOCK_ROWS = 1_000  # the stock resource takes minutes for more; its time grows with the rows
MEGABYTE = 1024 * 1024
# Times of the reading alone, (name of the step, bound).
BOUNDS = (
    ("preview of all new", 3),
    ("apply of all new", 10),
    ("the same file again", 3),
    ("one percent changed", 4),
    ("one percent applied", 4),
)
STOCK_BOUNDS = {"sqlite": 30, "postgresql": 40}


def main():
    """Measure everything, or, for the processes that this one starts, one thing."""
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(MEASUREMENTS[sys.argv[2]](int(sys.argv[3]))))
        return
    if sys.argv[1:2] == ["--read"]:
        answer_readings(sys.argv[2])
        return
    if sys.argv[1:2] == ["--write"]:
        write_workbook(sys.argv[2], int(sys.argv[3]))
        return
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    for engine in ("sqlite", "postgresql"):
        with ExitStack() as stack:
            url = database(engine, stack)
            if url is not None:
                report_engine(engine, rows, url, stack)
    report_documents()


def database(engine, stack):
    """Return a maker of URLs of empty databases, None where the engine is not installed."""
    from workbench.postgresql import postgresql_programs, temporary_postgresql

    if engine == "sqlite":
        return lambda: f"sqlite:///{stack.enter_context(tempfile.TemporaryDirectory())}/bench.sqlite3"
    programs = postgresql_programs()
    if programs is None:
        print("postgresql: not installed")
        return None
    return lambda: stack.enter_context(temporary_postgresql(programs, durable=True))


def report_engine(engine, rows, url, stack):
    """Print what imports take on one database."""
    found = measured("steps", rows, url())
    print(f"\n{engine}: {rows} programs")
    for name, bound in BOUNDS:
        (spent, cpu), (base, base_cpu) = found[name]
        words = f"{spent:7.2f} s {spent / base:6.1f} x  cpu {cpu / base_cpu:6.1f} x"
        print(f"{name:24} {words}  {verdict(spent <= bound * base)} {bound} x")
    whole = found["preview of all new"][0][0] + found["apply of all new"][0][0]
    stock = measured("stock", STOCK_ROWS, url())["seconds"] / STOCK_ROWS * rows
    bound = STOCK_BOUNDS[engine]
    words = f"{stock:7.2f} s for {rows} (from {STOCK_ROWS}); ours is {stock / whole:.0f} x as fast"
    print(f"{'stock resource':24} {words}  {verdict(stock >= bound * whole)} {bound} x")
    report_growth(found, measured("steps", rows * MORE, url()), rows)
    print(memory_words(f"{rows * MORE}: memory of the reader", measured("reader", rows * MORE, "")["memory"]))


def report_growth(few, many, rows):
    """Print what a row costs in a long list, and the memory of both processes."""
    for name, _ in BOUNDS:
        growth = many[name][0][0] / MORE / few[name][0][0]
        words = f"{growth:6.2f} x the time for a row of {rows}"
        print(f"{rows * MORE}: {name:24} {words}  {verdict(growth <= 1.3)} 1.3 x")
    print(memory_words(f"{rows * MORE}: memory of the server", many["memory"]))


def memory_words(name, used):
    """Return the line about a process's memory."""
    return f"{name:31} {used:6.0f} MB  {verdict(used < 400)} 400 MB"


def report_documents():
    """Print how long the slowest kinds of documents take."""
    for name, pages, bound in (("pdf", 100, 30), ("txt", 200, 2)):
        found = measured(name, pages, "")
        words = f"{found['rows']} rows, {found['seconds']:.1f} s, progress told {found['told']} times"
        print(f"{name} of {found['size']}: {words}  {verdict(found['seconds'] <= bound)} {bound} s")


def verdict(holds):
    """Return the words before a bound."""
    return "within" if holds else "ABOVE"


def measured(what, rows, url):
    """Return what a process of its own finds out."""
    with tempfile.TemporaryDirectory() as directory:
        environment = {**os.environ, "DATA_DIR": directory, "DJANGO_SETTINGS_MODULE": "tsukuba_kpi.settings"}
        done = subprocess.run(
            [sys.executable, __file__, "--measure", what, str(rows)],
            env={**environment, "DATABASE_URL": url or f"sqlite:///{directory}/bench.sqlite3"},
            stdout=subprocess.PIPE,
            check=True,
        )
    return json.loads(done.stdout)


# --- what the processes do --------------------------------------------------------------------------------


def prepare_database():
    """Make an empty database ready."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def clocks():
    """Return the time, and the processors' time of this process and those it has started."""
    users = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return time.perf_counter(), sum(user.ru_utime + user.ru_stime for user in users) + forked_seconds()


def forked_seconds():
    """Return the processors' time of the process that reading processes are forked from, with theirs."""
    from importers.sources.child_start import origin_pid

    file = Path(f"/proc/{origin_pid()}/stat")
    if not file.exists():  # no document has been read yet, or this is no Linux
        return 0.0
    ticks = file.read_text("utf-8").rpartition(")")[2].split()[11:15]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def timed(act):
    """Return (time, processors' time) of an act, and what it returned."""
    before = clocks()
    result = act()
    return [after - since for after, since in zip(clocks(), before, strict=True)], result


class Reading:
    """A process that reads a workbook and does nothing else, whenever it is asked to."""

    def __init__(self, path):
        command = [sys.executable, __file__, "--read", str(path)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self()  # the first one loads the reader

    def __call__(self):
        """Return (time, processors' time) of one reading."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def compared(self, act, times=1):
        """Return the medians of an act and of the readings around it, and what the act returned last."""
        acts, readings = [], [self()]
        for _ in range(times):
            result = None  # what the last round left must not lie in memory beside this one's
            spent, result = timed(act)
            acts.append(spent)
            readings.append(self())
        return [list(map(statistics.median, zip(*found, strict=True))) for found in (acts, readings)], result

    def end(self):
        """End the process."""
        self._process.stdin.close()
        self._process.wait()


def answer_readings(path):
    """Read the workbook once for every line of the standard input, and answer how long it took."""
    for _ in sys.stdin:
        print(json.dumps(timed(lambda: read_alone(path))[0]), flush=True)


def measure_steps(rows):
    """Measure one workbook: preview, apply, again, one percent changed."""
    prepare_database()
    from history.enums import Through
    from history.models import Revision
    from history.services import Authorship
    from importers.enums import DocumentKind, Outcome
    from importers.services.imports import EarlyLoad, ImportOptions, apply_document, prepare
    from importers.services.read_file import read_file
    from tsukuba_kpi import clock
    from tsukuba_kpi.lib.collector import collector_at_rest

    directory = Path(os.environ["DATA_DIR"])
    path, changed = directory / "list.xlsx", directory / "changed.xlsx"
    write_workbook(path, rows)
    write_workbook(changed, rows, changed_every=100)
    options = ImportOptions(kind=DocumentKind.PROGRAMS, fiscal_year=YEAR)
    authorship = Authorship(by=None, at=clock.now(), through=Through.IMPORT)
    found = {}

    # As the commands do it. Each act gives back counts only: a command holds one document at a time.
    @collector_at_rest()
    def preview(file):
        early = EarlyLoad(options)
        read = read_file(file, DocumentKind.PROGRAMS, meanwhile=early)
        return prepare(read.document, options, early.state).plan.counts

    def write(read, state=None):
        done = apply_document(read.document, options, read.file, authorship=authorship, state=state)
        return done.plan.counts

    @collector_at_rest()
    def apply(file):
        early = EarlyLoad(options)
        return write(read_file(file, DocumentKind.PROGRAMS, meanwhile=early), early.state)

    preview(path)  # the first one starts the process that readers are forked from
    reading = Reading(path)
    found["preview of all new"], counts = reading.compared(lambda: preview(path), 9)
    assert counts[Outcome.NEW] == rows, counts
    read = [read_file(path, DocumentKind.PROGRAMS)]
    found["apply of all new"], _ = reading.compared(lambda: write(read.pop()))
    revisions = Revision.objects.count()
    found["the same file again"], counts = reading.compared(lambda: apply(path), 9)
    assert counts[Outcome.SAME] == rows, counts
    found["one percent changed"], counts = reading.compared(lambda: preview(changed), 9)
    assert counts[Outcome.CHANGED] == rows // 100, counts
    assert Revision.objects.count() == revisions  # nothing was written
    found["one percent applied"], _ = reading.compared(lambda: apply(changed))
    assert Revision.objects.count() == revisions + rows // 100
    found["memory"] = peak_memory(resource.RUSAGE_SELF)
    reading.end()
    return found


def measure_reader(rows):
    """Measure the memory of a reading process; a small server starts it, whose memory would count, too."""
    from importers.sources.child_start import end_origin

    path = Path(os.environ["DATA_DIR"]) / "list.xlsx"
    subprocess.run([sys.executable, __file__, "--write", str(path), str(rows)], check=True)
    found = measure_document(path)
    end_origin()  # only now the memory of what it has forked is known here
    return found | {"memory": peak_memory(resource.RUSAGE_CHILDREN)}


def peak_memory(who):
    """Return the most memory that this process, or one that it started, has held, in megabytes."""
    return resource.getrusage(who).ru_maxrss * 1024 / MEGABYTE


def read_alone(path):
    """Read a workbook with python-calamine and do nothing else."""
    import python_calamine

    return python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()


def write_workbook(path, rows, changed_every=0):
    """Write a list of programs; every n-th has other results when `changed_every` is set."""
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("一覧")
        sheet.write_row(0, 0, HEADINGS)
        for number in range(1, rows + 1):
            sheet.write_row(number, 0, program(number, changed_every))


def program(number, changed_every=0):
    """Return one row of a list."""
    done = "行い、件数を見直した" if changed_every and number % changed_every == 0 else "行った"
    texts = (
        f"市民の暮らしを支えるため、{number}番の施策を着実に進める。",
        f"・説明会を{number % 9}回開く。関係団体と調整し、年度内に完了させる。",
        f"説明会を{number % 9}回{done}。延べ{number * 3}人が参加した。",
    )
    names = (f"事務事業その{number}推進事業", f"第{number % 20}部", f"第{number % 200}課")
    return number, number, *names, *texts


def measure_stock(rows):
    """Measure a dry run and an import by a resource with nothing but its fields; the programs are there."""
    prepare_database()
    import tablib
    from import_export.fields import Field
    from import_export.resources import ModelResource
    from import_export.widgets import ForeignKeyWidget

    from programs.models import Program, ProgramSheet

    class StockResource(ModelResource):
        program = Field("program", "事業番号", ForeignKeyWidget(Program, "number"))
        position = Field("position", "順番")
        name = Field("name", "事務事業名")
        bureau_printed = Field("bureau_printed", "部局")
        section_printed = Field("section_printed", "課室")
        purpose = Field("purpose", "事業の目的")
        summary = Field("summary", "事業の概要")
        results = Field("results", "成果")

        class Meta:
            model = ProgramSheet
            import_id_fields = ("program",)

        def after_init_instance(self, instance, new, row, **kwargs):
            instance.fiscal_year = YEAR

    path = Path(os.environ["DATA_DIR"]) / "list.xlsx"
    write_workbook(path, rows)
    Program.objects.bulk_create(Program(number=number, name="") for number in range(1, rows + 1))

    def take_in():
        dataset = tablib.Dataset().load(path.read_bytes(), format="xlsx")
        for dry_run in (True, False):
            result = StockResource().import_data(dataset, dry_run=dry_run)
            assert not result.has_errors(), result.base_errors or result.row_errors()[0][1][0].error

    (seconds, _), _ = timed(take_in)
    assert ProgramSheet.objects.count() == rows
    return {"seconds": seconds}


def measure_pdf(pages):
    """Measure a ruled table over so many pages."""
    import typst

    table = """
        #set page(paper: "a4", flipped: true, margin: 15mm)
        #set text(font: "BIZ UDPGothic", size: 8pt, lang: "ja")
        #let rows = json(bytes(sys.inputs.rows))
        #for page in rows {
          table(columns: (10mm, 12mm, 35mm, 20mm, 20mm, 1fr, 1fr, 1fr), ..page.flatten())
          pagebreak(weak: true)
        }"""
    each = 10
    rows = [
        [HEADINGS, *(tuple(map(str, program(page * each + row))) for row in range(1, each + 1))]
        for page in range(pages)
    ]
    pdf = typst.compile(
        table.encode(), font_paths=[str(ROOT / "static" / "fonts")], sys_inputs={"rows": json.dumps(rows)}
    )
    path = Path(os.environ["DATA_DIR"]) / "list.pdf"
    path.write_bytes(pdf)
    return measure_document(path) | {"size": f"{pages} pages"}


def measure_txt(programs):
    """Measure the running text of a list that was made again and again."""
    text = (ROOT / "fixtures" / "midoridai" / "programs_r6.txt").read_text("utf-8")
    records = json.loads((ROOT / "fixtures" / "midoridai" / "truth" / "programs.json").read_text("utf-8"))
    times = -(-programs // len(records))
    size = f"{times * len(records)} programs"
    path = Path(os.environ["DATA_DIR"]) / "list.txt"
    path.write_text(text * times, "utf-8")
    return measure_document(path) | {"size": size}


def measure_document(path):
    """Return how long a document takes to read."""
    from importers.enums import DocumentKind
    from importers.sources.read_document import read_document

    told = []
    (seconds, _), document = timed(
        lambda: read_document(path, kind=DocumentKind.PROGRAMS, progress=lambda *words: told.append(words))
    )
    assert not document.errors, document.errors
    return {"seconds": seconds, "rows": len(document.rows), "told": len(told)}


MEASUREMENTS = {
    "steps": measure_steps,
    "stock": measure_stock,
    "reader": measure_reader,
    "pdf": measure_pdf,
    "txt": measure_txt,
}

if __name__ == "__main__":
    main()
