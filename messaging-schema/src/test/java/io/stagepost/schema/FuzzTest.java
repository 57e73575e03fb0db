package io.stagepost.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A short run of what the fuzzer does at length ({@code .ci/fuzz}): what it kept, and changes of
 * that which nothing guides.
 */
class FuzzTest {
  record Target(Class<?> type, Predicate<byte[]> decodes) {
    @Override
    public String toString() {
      return type.getSimpleName();
    }
  }

  static Stream<Target> targets() {
    return Stream.of(
        new Target(AvroFuzz.class, AvroFuzz::decodes),
        new Target(JsonFuzz.class, JsonFuzz::decodes),
        new Target(JsonSchemaFuzz.class, JsonSchemaFuzz::decodes),
        new Target(ProtobufFuzz.class, ProtobufFuzz::decodes),
        new Target(WireFuzz.class, WireFuzz::decodes));
  }

  @ParameterizedTest
  @MethodSource("targets")
  void d05_whatever_the_bytes_nothing_worse_than_poison_comes_of_them(Target target)
      throws IOException {
    List<byte[]> corpus = Fuzzing.corpus(target.type());
    // Else it would be stale, and every change of it be refused at the first byte.
    assertThat(corpus.stream().filter(input -> Fuzzing.decodes(target.decodes(), input)))
        .hasSizeGreaterThan(corpus.size() / 20);
    for (long seed = 0; seed < 5_000; seed++) {
      byte[] input = changed(corpus, new Random(seed));
      assertThatCode(() -> Fuzzing.decodes(target.decodes(), input))
          .as("seed %d", seed)
          .doesNotThrowAnyException();
    }
  }

  private static byte[] changed(List<byte[]> corpus, Random random) {
    byte[] input = corpus.get(random.nextInt(corpus.size())).clone();
    for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
      int from = random.nextInt(input.length + 1);
      int to = from + random.nextInt(Math.min(16, input.length - from) + 1);
      byte[] instead =
          switch (random.nextInt(4)) {
            case 0 -> new byte[0];
            case 1 -> noise(random, 1 + random.nextInt(8));
            case 2 -> piece(corpus.get(random.nextInt(corpus.size())), random);
            default -> noise(random, to - from);
          };
      ByteArrayOutputStream output = new ByteArrayOutputStream();
      output.write(input, 0, from);
      output.writeBytes(instead);
      output.write(input, to, input.length - to);
      input = output.toByteArray();
    }
    return input;
  }

  /** Small numbers make more that is nearly right. */
  private static byte[] noise(Random random, int length) {
    byte[] noise = new byte[length];
    random.nextBytes(noise);
    for (int i = 0; i < length; i++) {
      noise[i] = random.nextBoolean() ? (byte) (noise[i] & 7) : noise[i];
    }
    return noise;
  }

  private static byte[] piece(byte[] of, Random random) {
    int from = random.nextInt(of.length + 1);
    return Arrays.copyOfRange(of, from, from + random.nextInt(of.length - from + 1));
  }
}
