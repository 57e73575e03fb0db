package io.stagepost.asyncapi.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.asyncapi.operations.Assumptions;
import io.stagepost.asyncapi.operations.Capacity;
import io.stagepost.asyncapi.operations.CapacityReport;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code contract capacity}. */
@Command(
    name = "capacity",
    mixinStandardHelpOptions = true,
    description = {
      "Computes handlers, members, partitions, and the time to catch up after an outage.",
      "Load and service time come from x-load (else x-rate, x-timeout) or options."
    })
final class CapacityCommand implements Callable<Integer> {
  @Mixin private ContractFiles contracts = new ContractFiles();

  @Option(
      names = "--events",
      paramLabel = "N",
      description = "events a second, instead of what the contract says")
  private @Nullable Double events;

  @Option(
      names = "--service-time",
      paramLabel = "DURATION",
      description = "how long a handler takes on average: PT0.02S")
  private @Nullable Duration serviceTime;

  @Option(
      names = "--peak",
      paramLabel = "N",
      description = "how many times as many events come at the peak")
  private @Nullable Double peak;

  @Option(
      names = "--outage",
      paramLabel = "DURATION",
      description = "how long nothing is handled; default: ${DEFAULT-VALUE}")
  private Duration outage = Assumptions.DEFAULTS.outage();

  @Option(
      names = "--concurrency",
      paramLabel = "N",
      description = "handlers in one member; default: ${DEFAULT-VALUE}")
  private int concurrency = Assumptions.DEFAULTS.concurrency();

  @Option(
      names = "--utilisation",
      paramLabel = "PART",
      description = "how busy handlers may be at the peak; default: ${DEFAULT-VALUE}")
  private double utilisation = Assumptions.DEFAULTS.utilisation();

  @Spec private @Nullable CommandSpec spec;

  /** For picocli. */
  CapacityCommand() {}

  @Override
  public Integer call() {
    CommandSpec command = requireNonNull(spec);
    Assumptions assumptions;
    try {
      assumptions = new Assumptions(events, serviceTime, peak, outage, concurrency, utilisation);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    }
    Map<String, Capacity.Plan> plans = new LinkedHashMap<>();
    contracts
        .valid()
        .forEach((file, contract) -> plans.put(file, Capacity.of(contract, assumptions)));
    contracts
        .out()
        .print(
            contracts.isText()
                ? CapacityReport.text(plans, assumptions)
                : CapacityReport.json(plans));
    boolean isWrong =
        plans.values().stream()
            .anyMatch(
                plan ->
                    !plan.missing().isEmpty()
                        || plan.operations().stream().anyMatch(o -> !o.problems().isEmpty()));
    return isWrong ? Math.max(contracts.code(), ContractCommand.FINDINGS) : contracts.code();
  }
}
