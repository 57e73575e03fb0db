package io.stagepost.dlq.cli;

import io.stagepost.Backlog;
import io.stagepost.MessagingException;
import io.stagepost.dlq.Resolutions;
import io.stagepost.spi.Browser;
import io.stagepost.spi.StoredMessage;
import io.stagepost.spi.Transport;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists dead-letter and parking addresses. */
@Command(
    name = "ls",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    header = "List dead-letter and parking addresses.",
    description = {
      "",
      "How many letters lie at each, how many of them are open (not yet replayed, parked or"
          + " discarded, by the ledger), how old the oldest is, and how many came within the last"
          + " hour.",
      "",
      "Kafka: lists the topics that are named like dead letters, parking lots or DLTs; --all lists"
          + " every topic. RabbitMQ: AMQP 1.0 lets nobody list queues, so the addresses are those"
          + " given by --address, those of the contracts' operations, and those that the ledger"
          + " knows."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  dlq ls",
      "  dlq ls --address orders.payments.dead-letter",
      "  dlq ls --contract payments.asyncapi.yaml --output json"
    })
@Ends({ExitCode.NOTHING_MATCHED, ExitCode.PARTIAL})
final class LsCommand implements Callable<Integer> {
  /** How those that dead letters lie at are named, here and in other frameworks. */
  private static final Pattern NAMES =
      Pattern.compile(
          "(?:.*[._-])?(?:dead[._-]?letters?|dlq|dlt|parking(?:[._-]?lot)?|parked|trash)(?:[._-].*)?",
          Pattern.CASE_INSENSITIVE);

  private static final List<Column> COLUMNS =
      List.of(
          Column.name("address", "ADDRESS"),
          Column.number("letters", "LETTERS"),
          Column.number("open", "OPEN"),
          Column.age("oldest", "OLDEST"),
          Column.number("lastHour", "LAST HOUR"),
          Column.name("note", "NOTE"));

  private static final Duration HOUR = Duration.ofHours(1);

  /** So many addresses are looked at together. */
  private static final int AT_ONCE = 8;

  /** So many are counted of the last hour. */
  private static final int COUNTED = 100_000;

  @Option(
      names = "--address",
      paramLabel = "ADDRESS",
      description = "This address, whatever it is named like; may be given several times.")
  private List<String> addresses = new ArrayList<>();

  @Option(names = "--all", description = "Every topic that the broker lists; Kafka only.")
  private boolean all;

  @Mixin private ContractOptions contracts = new ContractOptions();
  @Mixin private LedgerOptions ledger = new LedgerOptions();
  @Mixin private BrokerOptions broker = new BrokerOptions();
  @Mixin private Output output = new Output();

  /** Of how many addresses nothing could be told. */
  private final AtomicInteger failed = new AtomicInteger();

  /** Of how many only the number of their letters. */
  private final AtomicInteger cut = new AtomicInteger();

  /** For picocli. */
  LsCommand() {}

  @Override
  public Integer call() {
    Set<String> found;
    try (Transport transport = broker.open()) {
      found = addresses(transport);
      Map<String, List<Backlog>> depths = depths(transport, found);
      boolean hasLedger = ledger.isThere(transport);
      try (Rows rows = output.rows(COLUMNS)) {
        lookedAt(transport, found, depths, hasLedger).forEach(row -> rows.add(row));
      }
    }
    if (found.isEmpty()) {
      return ExitCode.NOTHING_MATCHED.number();
    }
    if (failed.get() == found.size()) {
      return ExitCode.ERROR.number();
    }
    return (failed.get() + cut.get() == 0 ? ExitCode.DONE : ExitCode.PARTIAL).number();
  }

  private Set<String> addresses(Transport transport) {
    Set<String> named = new TreeSet<>(addresses);
    contracts.read().forEach(contract -> named.addAll(ContractAddresses.of(contract)));
    if (!addresses.isEmpty() || !contracts.files().isEmpty()) {
      return named;
    }
    Set<String> listed = new TreeSet<>();
    transport
        .topology()
        .addresses()
        .ifPresentOrElse(
            every ->
                every.stream()
                    .filter(address -> all || NAMES.matcher(address).matches())
                    .filter(address -> !address.equals(ledger.address()))
                    .forEach(listed::add),
            () -> listed.addAll(ledger.addresses(transport)));
    if (listed.isEmpty() && transport.topology().addresses().isEmpty()) {
      throw new MessagingException(
          "SP-DLQ-101",
          "RabbitMQ lists its queues to nobody over AMQP 1.0, and the ledger "
              + ledger.address()
              + " knows no address yet. Name them: --address ADDRESS, or --contract FILE.");
    }
    return listed;
  }

  /** What lies where; all at once, since that is faster by far, unless one of them is missing. */
  private static Map<String, List<Backlog>> depths(Transport transport, Set<String> addresses) {
    try {
      return transport.topology().depth(addresses).stream()
          .collect(Collectors.groupingBy(Backlog::address));
    } catch (MessagingException missing) {
      return Map.of();
    }
  }

  /** A few at once: most of the time is spent waiting for the broker. */
  private List<@Nullable Object[]> lookedAt(
      Transport transport,
      Set<String> addresses,
      Map<String, List<Backlog>> depths,
      boolean hasLedger) {
    ExecutorService looking = Executors.newFixedThreadPool(AT_ONCE);
    try {
      List<CompletableFuture<@Nullable Object[]>> rows =
          addresses.stream()
              .map(
                  address ->
                      CompletableFuture.supplyAsync(
                          () -> row(transport, address, depths.get(address), hasLedger), looking))
              .toList();
      return rows.stream().map(CompletableFuture::join).toList();
    } finally {
      looking.shutdownNow();
    }
  }

  private @Nullable Object[] row(
      Transport transport, String address, @Nullable List<Backlog> known, boolean hasLedger) {
    List<Backlog> partitions;
    try {
      partitions = known == null ? transport.topology().depth(List.of(address)) : known;
    } catch (MessagingException missing) {
      failed.incrementAndGet();
      return new @Nullable Object[] {address, null, null, null, null, Complaint.of(missing)};
    }
    long letters = partitions.stream().mapToLong(Backlog::messages).sum();
    if (letters == 0) {
      return new @Nullable Object[] {address, 0, 0, null, 0, null};
    }
    try {
      List<StoredMessage> first = first(transport, address, partitions);
      long resolved = hasLedger ? resolved(transport, address, first) : 0;
      Instant oldest =
          first.stream()
              .map(stored -> stored.origin().time())
              .filter(Objects::nonNull)
              .min(Comparator.naturalOrder())
              .orElse(null);
      long young = young(transport, address);
      return new @Nullable Object[] {
        address,
        letters,
        letters - resolved,
        oldest,
        young,
        young == COUNTED ? "more than that came in the last hour" : null
      };
    } catch (MessagingException closed) {
      cut.incrementAndGet();
      return new @Nullable Object[] {address, letters, null, null, null, Complaint.of(closed)};
    }
  }

  private static long young(Transport transport, String address) {
    Instant hourAgo = Clock.systemUTC().instant().minus(HOUR);
    long[] young = {0};
    transport
        .browser()
        .browse(
            Browser.Selection.of(address).since(hourAgo).limit(COUNTED),
            stored -> {
              Instant time = stored.origin().time();
              young[0] += time != null && !time.isBefore(hourAgo) ? 1 : 0;
              return true;
            });
    return young[0];
  }

  private static List<StoredMessage> first(
      Transport transport, String address, List<Backlog> partitions) {
    List<StoredMessage> all = new ArrayList<>();
    for (Backlog partition : partitions) {
      Browser.Selection one = Browser.Selection.of(address);
      if (partition.messages() > 0) {
        transport
            .browser()
            .browse(
                (partitions.size() == 1 ? one : one.partition(partition.partition())).limit(1),
                stored -> !all.add(stored));
      }
    }
    return all;
  }

  private long resolved(Transport transport, String address, List<StoredMessage> first) {
    Resolutions resolutions = ledger.resolutions(transport, address);
    Map<String, Long> beginnings = new HashMap<>();
    first.forEach(
        stored ->
            beginnings.put(
                stored.origin().partition(), Long.parseLong(stored.origin().position())));
    return resolutions.count(beginnings);
  }
}
