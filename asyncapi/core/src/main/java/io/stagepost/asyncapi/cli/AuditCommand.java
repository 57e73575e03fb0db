package io.stagepost.asyncapi.cli;

import io.stagepost.asyncapi.operations.Audit;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The command {@code contract audit}. */
@Command(
    name = "audit",
    mixinStandardHelpOptions = true,
    description =
        "Looks for payloads that may grow too large, and for what is written twice or unused.")
final class AuditCommand implements Callable<Integer> {
  @Mixin private ContractCommand.Common common = new ContractCommand.Common();

  /** For picocli. */
  AuditCommand() {}

  @Override
  public Integer call() {
    return common.run(Audit::of);
  }
}
