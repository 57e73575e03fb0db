package io.stagepost.dlq.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.dlq.FailureReport;
import io.stagepost.dlq.Filter;
import io.stagepost.dlq.Letter;
import io.stagepost.dlq.Letters;
import io.stagepost.dlq.cli.OpenOptions.States;
import io.stagepost.spi.Transport;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Lists letters of an address. */
@Command(
    name = "peek",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    header = "List letters, without consuming them.",
    description = {
      "",
      "One line for each letter that is selected and open, oldest first within each partition."
          + " Nothing is consumed or committed, however often it is called. On RabbitMQ it reads"
          + " streams, as Stagepost's dead letters are; a queue cannot be read without consuming"
          + " it: move its messages into a stream first, by dlq collect."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  dlq peek orders.payments.dead-letter --limit 20",
      "  dlq peek orders.payments.dead-letter --group 1f2e3d4c --since 2h",
      "  dlq peek orders.payments.dead-letter --where 'data.amount > 100 && key != \"\"'"
    })
@Ends(ExitCode.NOTHING_MATCHED)
final class PeekCommand implements Callable<Integer> {
  private static final long SHOWN = 100;

  private static final List<Column> COLUMNS =
      List.of(
          Column.name("letter", "LETTER"),
          Column.age("time", "AGE"),
          Column.name("group", "GROUP"),
          Column.text("reason", "REASON"),
          Column.dotted("type", "TYPE"),
          Column.text("key", "KEY"),
          Column.code("exception", "EXCEPTION"),
          Column.text("message", "MESSAGE"),
          Column.number("attempts", "TRIES"),
          Column.number("replays", "REPLAYS"),
          Column.text("state", "STATE"));

  @Parameters(paramLabel = "ADDRESS", description = "The dead-letter address.")
  private @Nullable String address;

  @Mixin private SelectionOptions selection = new SelectionOptions();
  @Mixin private OpenOptions open = new OpenOptions();
  @Mixin private BrokerOptions broker = new BrokerOptions();
  @Mixin private Output output = new Output();

  /** For picocli. */
  PeekCommand() {}

  @Override
  public Integer call() {
    String from = requireNonNull(address);
    Filter filter = selection.filter(from);
    long limit = selection.limit(SHOWN);
    long[] shown = {0};
    boolean[] more = {false};
    try (Transport transport = broker.open();
        Rows rows = output.rows(COLUMNS)) {
      States states = open.states(transport, from);
      Letters.on(transport)
          .read(
              from,
              states.among(filter),
              letter -> {
                if (shown[0] == limit) {
                  more[0] = true;
                  return false;
                }
                add(rows, letter, states.word(letter));
                shown[0]++;
                return true;
              });
    }
    if (more[0] && output.isTable()) {
      output.err().println("There are more than " + limit + "; --limit N shows more.");
    }
    return selection.ended(shown[0] > 0, !more[0]).number();
  }

  private static void add(Rows rows, Letter letter, String state) {
    FailureReport failure = letter.failure();
    rows.add(
        LetterName.of(letter),
        letter.at().time(),
        letter.fingerprint().id(),
        failure.reason(),
        letter.event() == null ? null : letter.type(),
        letter.key(),
        failure.exception(),
        failure.message(),
        failure.attempts(),
        failure.replays(),
        state);
  }
}
