package io.stagepost.dlq.cli;

import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Contracts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** Contracts that say where dead letters lie, what payloads are, and what of them is sensitive. */
final class ContractOptions {
  @Option(
      names = "--contract",
      paramLabel = "FILE",
      description = "An AsyncAPI 3 document of the services concerned; may be given several times.")
  private List<Path> files = new ArrayList<>();

  /** For picocli. */
  ContractOptions() {}

  /** As they were named. */
  List<Path> files() {
    return files;
  }

  /**
   * Reads them.
   *
   * @throws io.stagepost.MessagingException if one cannot be read, or is not valid
   */
  List<Contract> read() {
    return files.stream().map(Contracts.offline()::read).toList();
  }
}
