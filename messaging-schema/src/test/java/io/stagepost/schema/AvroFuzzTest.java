package io.stagepost.schema;

import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** A short run of what the fuzzer does at length. */
class AvroFuzzTest {
  @Test
  void d05_whatever_the_bytes_nothing_worse_than_poison_comes_of_them() {
    for (long seed = 0; seed < 5_000; seed++) {
      Random random = new Random(seed);
      byte[] input = new byte[1 + random.nextInt(200)];
      random.nextBytes(input);
      for (int i = 1; i < input.length; i++) {
        // Small numbers make more that is nearly right.
        input[i] = random.nextBoolean() ? (byte) (input[i] & 7) : input[i];
      }
      assertThatCode(() -> AvroFuzz.fuzzerTestOneInput(input))
          .as("seed %d", seed)
          .doesNotThrowAnyException();
    }
  }
}
