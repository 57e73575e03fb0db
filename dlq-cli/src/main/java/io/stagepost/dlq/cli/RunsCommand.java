package io.stagepost.dlq.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.MessagingException;
import io.stagepost.dlq.Entry.Kind;
import io.stagepost.dlq.Ledger;
import io.stagepost.dlq.Run;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs, as the ledger tells of them; and what somebody asks of them. */
@Command(
    name = "runs",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    header = "List runs; ask one to hold on, to go on, or to end.",
    description = {
      "",
      "A run reads what is asked of it within some five seconds, wherever it is at work; this"
          + " command does not wait for that. A run is silent if it has written no heartbeat for"
          + " some time (--takeover-after): it was killed, or cannot reach the broker, and can be"
          + " resumed with dlq replay --resume RUN."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  dlq runs",
      "  dlq runs status 20261122-093000-1f2e3d",
      "  dlq runs pause 20261122-093000-1f2e3d"
    })
@Ends({ExitCode.NOTHING_MATCHED, ExitCode.REFUSED})
final class RunsCommand implements Callable<Integer> {
  private static final List<Column> COLUMNS =
      List.of(
          Column.name("run", "RUN"),
          Column.name("status", "STATUS"),
          Column.number("letters", "LETTERS"),
          Column.time("begun", "BEGUN"),
          Column.time("lastSeen", "LAST SEEN"),
          Column.text("by", "BY"),
          Column.text("address", "ADDRESS"),
          Column.text("note", "WHAT"));

  /** What can be done. */
  enum What {
    /** All runs. */
    LIST,
    /** One of them. */
    STATUS,
    /** It is to hold on. */
    PAUSE,
    /** It is to go on. */
    RESUME,
    /** It is to end. */
    CANCEL
  }

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "WHAT",
      description = "list (default), status, pause, resume or cancel.")
  private What what = What.LIST;

  @Parameters(index = "1", arity = "0..1", paramLabel = "RUN", description = "Which run.")
  private @Nullable String id;

  @Mixin private WriterOptions writer = new WriterOptions();
  @Mixin private BrokerOptions broker = new BrokerOptions();
  @Mixin private Output output = new Output();
  @Spec private @Nullable CommandSpec spec;

  /** For picocli. */
  RunsCommand() {}

  @Override
  public Integer call() {
    if ((what == What.LIST) != (id == null)) {
      throw new ParameterException(
          requireNonNull(spec).commandLine(),
          what == What.LIST ? "list takes no run." : "Name the run.");
    }
    try (Desk desk = new Desk(broker, writer)) {
      List<Run> runs = writer.isThere(desk.transport()) ? desk.ledger().runs() : List.of();
      if (what != What.LIST) {
        Run asked = ask(desk.ledger(), find(runs));
        tellIfSilent(asked);
        runs = List.of(asked);
      }
      try (Rows rows = output.rows(COLUMNS)) {
        runs.forEach(run -> add(rows, run));
      }
      return (runs.isEmpty() ? ExitCode.NOTHING_MATCHED : ExitCode.DONE).number();
    }
  }

  private Run find(List<Run> runs) {
    return runs.stream()
        .filter(run -> run.id().equals(id))
        .findFirst()
        .orElseThrow(
            () ->
                new MessagingException(
                    "SP-DLQ-111", "The ledger knows no run " + id + ". See: dlq runs"));
  }

  private Run ask(Ledger ledger, Run run) {
    Kind request =
        switch (what) {
          case PAUSE -> Kind.PAUSE;
          case RESUME -> Kind.RESUME;
          case CANCEL -> Kind.CANCEL;
          default -> null;
        };
    if (request == null) {
      return run;
    }
    ledger.ask(request, run);
    return find(ledger.runs());
  }

  private void tellIfSilent(Run run) {
    if (isSilent(run)) {
      String text =
          "The run "
              + run.id()
              + " of "
              + run.by()
              + " was last heard of "
              + Time.shortly(silence(run))
              + " ago, and may be dead: then nobody heeds what is asked of it. To carry out what is"
              + " left of its plan: dlq replay --resume "
              + run.id();
      output.err().println(Column.harmless(text));
    }
  }

  private boolean isSilent(Run run) {
    return run.ended() == null && silence(run).compareTo(writer.silence()) > 0;
  }

  private static Duration silence(Run run) {
    return Duration.between(run.lastSeen(), Clock.systemUTC().instant());
  }

  private void add(Rows rows, Run run) {
    rows.add(
        run.id(),
        status(run),
        run.letters(),
        run.begun(),
        run.lastSeen(),
        run.by(),
        run.address(),
        run.note());
  }

  private String status(Run run) {
    if (run.ended() != null) {
      return run.ended();
    }
    if (isSilent(run)) {
      return "silent";
    }
    Kind request = run.request();
    return request == null ? "at work" : request.name().toLowerCase(Locale.ROOT) + " asked";
  }
}
