package io.stagepost.asyncapi;

import io.stagepost.asyncapi.generate.Generator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * The target of a fuzzer: a document is read, held against all rules, and, if it is valid, Java is
 * generated from it. The first byte chooses the language.
 */
public final class ContractFuzz {
  private static final Path FOLDER = folder();
  private static final Linter LINTER = Linter.standard();

  private ContractFuzz() {}

  private static Path folder() {
    try {
      Path memory = Path.of("/dev/shm");
      Path folder =
          Files.isWritable(memory)
              ? Files.createTempDirectory(memory, "contract-fuzz")
              : Files.createTempDirectory("contract-fuzz");
      folder.toFile().deleteOnExit();
      return folder;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** For Jazzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    boolean unused = reads(input);
  }

  /**
   * One try.
   *
   * @param input a choice and a document
   * @return whether it is a valid contract; else findings, or a {@link ContractException}, came of
   *     it
   */
  static boolean reads(byte[] input) {
    if (input.length == 0) {
      return false;
    }
    Path file = FOLDER.resolve((input[0] & 1) == 0 ? "contract.yaml" : "contract.json");
    try {
      Files.write(file, Arrays.copyOfRange(input, 1, input.length));
      Checked checked = Contracts.offline().check(file);
      List<Finding> findings = LINTER.lint(checked);
      if (findings.isEmpty() && checked.contract().isEmpty()) {
        throw new IllegalStateException("neither a contract nor a word about it");
      }
      if (checked.isValid() && checked.contract().isPresent()) {
        var unused = Generator.of("fuzzed").generate(List.of(checked.contract().get()));
        return true;
      }
      return false;
    } catch (ContractException expected) {
      return false;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
