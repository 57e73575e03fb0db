package io.stagepost.asyncapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;

/**
 * A short run of what the fuzzer does at length ({@code .ci/fuzz}): what it kept, and changes of
 * that which nothing guides.
 */
class ContractFuzzTest {
  private static final int CHANGES = 500;

  @Test
  void whatever_the_bytes_nothing_worse_than_findings_comes_of_them() throws IOException {
    List<byte[]> corpus = corpus();
    int valid = 0;
    for (byte[] input : corpus) {
      valid += ContractFuzz.reads(input) ? 1 : 0;
    }
    assertThat(valid).as("valid of %d", corpus.size()).isPositive();
    for (long seed = 0; seed < CHANGES; seed++) {
      byte[] input = changed(corpus, new Random(seed));
      assertThatCode(() -> ContractFuzz.reads(input))
          .as("seed %d", seed)
          .doesNotThrowAnyException();
    }
  }

  private static List<byte[]> corpus() throws IOException {
    List<byte[]> corpus = new ArrayList<>();
    InputStream file = ContractFuzzTest.class.getResourceAsStream("/fuzz/ContractFuzz.zip");
    try (ZipInputStream zip = new ZipInputStream(Objects.requireNonNull(file))) {
      while (zip.getNextEntry() != null) {
        corpus.add(zip.readAllBytes());
      }
    }
    return corpus;
  }

  /** A piece of one in the place of a piece of another. */
  private static byte[] changed(List<byte[]> corpus, Random random) {
    byte[] input = corpus.get(random.nextInt(corpus.size()));
    byte[] other = corpus.get(random.nextInt(corpus.size()));
    int from = random.nextInt(input.length + 1);
    int to = from + random.nextInt(Math.min(40, input.length - from) + 1);
    int start = random.nextInt(other.length + 1);
    int length = random.nextInt(Math.min(80, other.length - start) + 1);
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    output.write(input, 0, from);
    output.write(other, start, length);
    output.write(input, to, input.length - to);
    return output.toByteArray();
  }
}
