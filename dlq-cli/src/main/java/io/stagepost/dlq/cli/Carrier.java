package io.stagepost.dlq.cli;

import io.stagepost.dlq.Plan;
import io.stagepost.dlq.Replay;
import io.stagepost.dlq.Replay.Progress;
import io.stagepost.dlq.Replay.Report;
import io.stagepost.dlq.Replay.Settings;
import io.stagepost.dlq.Terms;
import io.stagepost.dlq.Upcast;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Carries a plan out for a command: shows it, asks, shows how far it is, stops in order at Ctrl-C,
 * and tells how it ended.
 */
final class Carrier {
  /** Longer than a broker may take to answer what is in flight. */
  private static final long MOST_SECONDS_TO_STOP = 45;

  private static final List<Column> SUMMARY =
      List.of(
          Column.name("run", "RUN"),
          Column.name("outcome", "OUTCOME"),
          Column.number("planned", "PLANNED"),
          Column.number("before", "BEFORE"),
          Column.number("done", "DONE"),
          Column.number("refused", "REFUSED"),
          Column.number("unknown", "UNKNOWN"),
          Column.number("cameBack", "CAME BACK"),
          Column.number("missing", "MISSING"));

  private final Output output;

  Carrier(Output output) {
    this.output = output;
  }

  private static String past(Terms.Action action) {
    return switch (action) {
      case REPLAY -> "replayed";
      case PARK -> "parked";
      case UNPARK -> "unparked";
      case DISCARD -> "discarded";
      case RESTORE -> "restored";
    };
  }

  /** Tells why a plan that was made just now has no letters. */
  ExitCode nothing(Plan plan, SelectionOptions selection) {
    if (output.isTable()) {
      if (plan.refused() > 0) {
        new PlanPage(plan, null).print(output.err());
      }
    } else {
      Document.print(new PlanPage(plan, null).document(), output);
    }
    String what =
        plan.refused() > 0
            ? "Nothing can be done: " + Words.count(plan.refused(), "letter") + " left alone"
            : plan.leftOut().isEmpty()
                ? "Nothing matched"
                : "Nothing is left to " + PlanPage.verb(plan.terms().action());
    String dealtWith =
        plan.leftOut().isEmpty() ? "" : "; of what matches: " + PlanPage.counts(plan.leftOut());
    output.err().println("dlq: " + what + ": " + selection.looked() + dealtWith + ".");
    return plan.refused() == 0 ? ExitCode.NOTHING_MATCHED : ExitCode.REFUSED;
  }

  /** Shows what a run would do, and does nothing. */
  ExitCode dry(PlanPage page) {
    if (output.isTable()) {
      page.print(output.out());
      output.out().println("Nothing was done: --dry-run.");
    } else {
      Document.print(page.document(), output);
    }
    boolean hasDrifted = page.outlook() != null && page.outlook().hasDrifted();
    return hasDrifted ? ExitCode.DRIFTED : ExitCode.DONE;
  }

  /**
   * Carries it out.
   *
   * @param upcast how letters are encoded anew; null if the plan does not ask for it
   */
  ExitCode carry(
      Desk desk,
      Plan plan,
      Settings settings,
      RunOptions options,
      WriterOptions writer,
      @Nullable Upcast upcast) {
    PrintWriter err = output.err();
    new PlanPage(plan, null).print(err);
    err.flush();
    if (!options.isAgreed() && !Question.ask(question(plan), err)) {
      err.println("Nothing was done.");
      return ExitCode.REFUSED;
    }
    Replay replay =
        new Replay(desk.transport(), desk.ledger(), plan, settings)
            .takingOverAfter(writer.silence());
    replay = upcast == null ? replay : replay.upcasting(upcast);
    ProgressLine line = new ProgressLine(err, Terminal.errorColumns(), past(plan.terms().action()));
    return stoppable(replay, line, plan);
  }

  private static String question(Plan plan) {
    String verb = PlanPage.verb(plan.terms().action());
    return capital(verb)
        + " "
        + Words.count(plan.letters(), "letter")
        + " of "
        + plan.address()
        + (plan.destinations().isEmpty()
            ? ""
            : ", to " + String.join(", ", plan.destinations().keySet()))
        + "?";
  }

  /** At Ctrl-C the JVM runs its hooks: this one waits until the run has told how it ended. */
  private ExitCode stoppable(Replay replay, ProgressLine line, Plan plan) {
    CountDownLatch told = new CountDownLatch(1);
    AtomicBoolean stopping = new AtomicBoolean();
    Thread hook =
        new Thread(
            () -> {
              stopping.set(true);
              replay.stop();
              try {
                boolean unused = told.await(MOST_SECONDS_TO_STOP, TimeUnit.SECONDS);
              } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
              }
            },
            "dlq-stop");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      Report report = replay.run(line);
      line.end();
      tell(plan, report, output.err());
      return exitCode(plan, report);
    } catch (RuntimeException failure) {
      if (stopping.get()) { // nobody else would come to tell it
        output.err().println("dlq: " + Complaint.of(failure));
        output.err().flush();
      }
      throw failure;
    } finally {
      told.countDown();
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException underWay) {
        // that is what it is for
      }
    }
  }

  private void tell(Plan plan, Report report, PrintWriter err) {
    Progress progress = report.progress();
    try (Rows rows = output.rows(SUMMARY)) {
      rows.add(
          plan.run(),
          report.outcome().name().toLowerCase(Locale.ROOT).replace('_', '-'),
          progress.planned(),
          progress.before(),
          progress.noted(),
          progress.refused(),
          progress.unknown(),
          progress.died(),
          report.missing());
    }
    output.out().flush();
    for (Map.Entry<String, String> failure : report.failures().entrySet()) {
      err.println(
          "  " + failure.getKey() + "  " + Column.harmless(Remedies.in(failure.getValue())));
    }
    report.remarks().forEach(err::println);
    String remedy = remedy(plan, report);
    if (!remedy.isEmpty()) {
      err.println(remedy);
    }
    err.flush();
  }

  private static String remedy(Plan plan, Report report) {
    String resume = "dlq replay --resume " + plan.run();
    return switch (report.outcome()) {
      case DONE -> "";
      case INCOMPLETE, REFUSED ->
          "What failed is a dead letter as before. To try it again: " + resume;
      case DRIFTED ->
          "Letters of the plan are gone, or are others. Plan anew, or go on without them: "
              + resume
              + " --allow-drift";
      case CAME_BACK -> "Letters came back. Mend their handler, and go on: " + resume;
      case NOT_HANDLED ->
          "The rest was not sent. See to whoever consumes them, then go on, with another canary or"
              + " without: "
              + resume;
      case CANCELLED -> "It was cancelled. To go on: " + resume;
      case INTERRUPTED -> "It was interrupted. To go on: " + resume;
    };
  }

  private static ExitCode exitCode(Plan plan, Report report) {
    return switch (report.outcome()) {
      case DONE -> plan.refused() == 0 ? ExitCode.DONE : ExitCode.PARTIAL;
      case INCOMPLETE, CANCELLED -> ExitCode.PARTIAL;
      case DRIFTED -> ExitCode.DRIFTED;
      case CAME_BACK, NOT_HANDLED -> ExitCode.CANARY;
      case REFUSED -> ExitCode.REFUSED;
      case INTERRUPTED -> ExitCode.INTERRUPTED;
    };
  }

  private static String capital(String word) {
    return Character.toUpperCase(word.charAt(0)) + word.substring(1);
  }
}
