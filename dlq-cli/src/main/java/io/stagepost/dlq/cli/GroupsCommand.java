package io.stagepost.dlq.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.dlq.Filter;
import io.stagepost.dlq.Fingerprint;
import io.stagepost.dlq.Group;
import io.stagepost.dlq.Letters;
import io.stagepost.spi.Transport;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Groups the letters of an address by how they failed. */
@Command(
    name = "groups",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    header = "Group letters that failed alike.",
    description = {
      "",
      "Letters are alike that failed for the same reason, with the same exception, in the same"
          + " method of the application, and are of the same event type. The largest group comes"
          + " first; FIRST and LAST are how long ago its letters came, and SAMPLE is one of them, to"
          + " be shown by dlq show."
          + " Reads all open letters of the address that are selected, and consumes none; --limit"
          + " is of groups here."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  dlq groups orders.payments.dead-letter",
      "  dlq groups orders.payments.dead-letter --since 2h",
      "  dlq groups orders.payments.dead-letter --output json"
    })
@Ends(ExitCode.NOTHING_MATCHED)
final class GroupsCommand implements Callable<Integer> {
  private static final List<Column> COLUMNS =
      List.of(
          Column.name("group", "GROUP"),
          Column.number("letters", "LETTERS"),
          Column.number("keys", "KEYS"),
          Column.text("reason", "REASON"),
          Column.code("exception", "EXCEPTION"),
          Column.code("frame", "AT"),
          Column.dotted("type", "TYPE"),
          Column.age("firstSeen", "FIRST"),
          Column.age("lastSeen", "LAST"),
          Column.name("sample", "SAMPLE"));

  @Parameters(paramLabel = "ADDRESS", description = "The dead-letter address.")
  private @Nullable String address;

  @Mixin private SelectionOptions selection = new SelectionOptions();
  @Mixin private OpenOptions open = new OpenOptions();
  @Mixin private BrokerOptions broker = new BrokerOptions();
  @Mixin private Output output = new Output();

  /** For picocli. */
  GroupsCommand() {}

  @Override
  public Integer call() {
    String from = requireNonNull(address);
    Filter filter = selection.filter(from);
    List<Group> groups;
    try (Transport transport = broker.open()) {
      groups = Letters.on(transport).groups(from, open.states(transport, from).among(filter));
    }
    try (Rows rows = output.rows(COLUMNS)) {
      groups.stream()
          .limit(selection.limit(Long.MAX_VALUE))
          .forEach(group -> add(rows, from, group));
    }
    return selection.ended(!groups.isEmpty(), true).number();
  }

  private static void add(Rows rows, String address, Group group) {
    Fingerprint alike = group.fingerprint();
    rows.add(
        alike.id(),
        group.letters(),
        group.keys(),
        alike.reason(),
        alike.exception(),
        alike.frame(),
        alike.type(),
        group.firstSeen(),
        group.lastSeen(),
        new LetterName(address, group.sampleId()));
  }
}
