package io.stagepost.dlq.cli;

import io.stagepost.asyncapi.Contract;
import io.stagepost.spi.Transport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Checks everything that the other commands need. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    header = "Check the whole set-up, before it is needed.",
    description = {
      "",
      "Looks whether the broker answers, whether the addresses are there and can be read, whether"
          + " they keep letters long enough, whether letters at their head can be decoded, whether"
          + " the addresses are still there that letters came from, what the transport cannot do,"
          + " and whether ledger, contracts and registry can be read. Changes nothing.",
      "",
      "Each finding is ok, a warning (works, and may surprise somebody) or a problem (something"
          + " will not work), with a remedy. The exit code is 1 if there is a problem."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  dlq doctor orders.payments.dead-letter",
      "  dlq doctor --contract payments.asyncapi.yaml --registry http://localhost:8081",
      "  dlq doctor orders.payments.dead-letter --horizon 14d --output json"
    })
final class DoctorCommand implements Callable<Integer> {
  private static final List<Column> COLUMNS =
      List.of(
          Column.name("state", "STATE"),
          Column.name("check", "CHECK"),
          Column.name("reason", "FOUND"),
          Column.name("remedy", "REMEDY"));

  @Parameters(
      paramLabel = "ADDRESS",
      arity = "0..*",
      description = "Dead-letter addresses; those of the contracts are looked at as well.")
  private List<String> addresses = new ArrayList<>();

  @Option(
      names = "--horizon",
      paramLabel = "AGE",
      defaultValue = "7d",
      converter = Time.DurationConverter.class,
      description = "How long letters must be kept, to be replayed. Default: ${DEFAULT-VALUE}.")
  private Duration horizon = Duration.ofDays(7);

  @Mixin private ContractOptions contracts = new ContractOptions();
  @Mixin private RegistryOptions registry = new RegistryOptions();
  @Mixin private LedgerOptions ledger = new LedgerOptions();
  @Mixin private BrokerOptions broker = new BrokerOptions();
  @Mixin private Output output = new Output();

  /** For picocli. */
  DoctorCommand() {}

  @Override
  public Integer call() {
    List<Finding> findings = new ArrayList<>();
    Set<String> all = new LinkedHashSet<>(addresses);
    Checkup checkup = new Checkup(findings);
    for (Contract contract : checkup.contracts(contracts)) {
      all.addAll(ContractAddresses.of(contract));
    }
    checkup.registry(registry, broker.allowsPlaintext());
    try (Transport transport = broker.open();
        Transport verifying = broker.openVerifying()) {
      if (checkup.broker(transport, ledger)) {
        checkup.capabilities(transport);
        checkup.ledger(transport, ledger);
        all.forEach(address -> checkup.address(transport, verifying, address, horizon));
        if (all.isEmpty()) {
          findings.add(
              Finding.warning(
                  "addresses",
                  "none was named",
                  "Name them: dlq doctor ADDRESS, as ls lists them"));
        }
      }
    }
    try (Rows rows = output.rows(COLUMNS)) {
      for (Finding finding : findings) {
        rows.add(
            finding.state().name().toLowerCase(Locale.ROOT),
            finding.check(),
            finding.reason(),
            finding.remedy());
      }
    }
    boolean isWrong = findings.stream().anyMatch(each -> each.state() == Finding.State.PROBLEM);
    return (isWrong ? ExitCode.ERROR : ExitCode.DONE).number();
  }
}
