package io.stagepost.asyncapi.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is generated of a small contract, word by word: so that a change of it is seen. To accept
 * one, run the test with {@code -Dgolden.write}.
 */
class GoldenTest {
  private static final Path CONTRACT = Path.of("src/test/resources/contracts/payments.yaml");
  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  @Test
  void is_as_it_was_looked_at() throws IOException {
    Generated generated = Compiled.generated(CONTRACT);
    if (System.getProperty("golden.write") != null) {
      generated.writeTo(GOLDEN);
    }
    Map<String, String> golden = new TreeMap<>();
    try (Stream<Path> all = Files.walk(GOLDEN)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        golden.put(GOLDEN.relativize(file).toString().replace('\\', '/'), Files.readString(file));
      }
    }

    assertThat(generated.findings()).isEmpty();
    assertThat(generated.files()).isEqualTo(golden);
  }

  @Test
  void is_compiled_without_a_warning(@TempDir Path folder) {
    assertThat(Compiled.of(Compiled.generated(CONTRACT), folder).type("PaymentsHandlers"))
        .isInterface();
  }
}
