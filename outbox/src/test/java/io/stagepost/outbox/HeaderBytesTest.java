package io.stagepost.outbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.stagepost.MessagingException;
import io.stagepost.spi.Header;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HeaderBytesTest {
  @Test
  void the_format_does_not_change() {
    byte[] bytes =
        HeaderBytes.encode(
            List.of(
                new Header("a", new byte[] {7, 8}),
                new Header("é", null),
                new Header("a", new byte[0])));

    assertThat(bytes)
        .containsExactly(
            1, 0, 0, 0, 3, // version, count
            0, 0, 0, 1, 'a', 0, 0, 0, 2, 7, 8, //
            0, 0, 0, 2, 0xc3, 0xa9, 0xff, 0xff, 0xff, 0xff, // null
            0, 0, 0, 1, 'a', 0, 0, 0, 0); // again, and empty
  }

  @Test
  void d14_what_is_encoded_is_decoded() {
    Random random = new Random(42);
    List<Header> before = List.of();
    for (int run = 0; run < 500; run++) {
      List<Header> headers = new ArrayList<>();
      for (int i = random.nextInt(6); i > 0; i--) {
        byte[] value = new byte[random.nextInt(40)];
        random.nextBytes(value);
        String name = random.nextBoolean() ? "same" : "ünïcode-\uD83D\uDCEE-" + random.nextInt(9);
        headers.add(new Header(name, random.nextInt(5) == 0 ? null : value));
      }

      byte[] encoded = HeaderBytes.encode(headers);
      assertThat(HeaderBytes.decode(encoded)).usingRecursiveComparison().isEqualTo(headers);
      before = HeaderBytes.decode(encoded, before);
      assertThat(before).usingRecursiveComparison().isEqualTo(headers);
    }
  }

  @Test
  void bytes_that_are_no_headers_are_refused_with_a_code() {
    byte[] good = HeaderBytes.encode(List.of(new Header("name", "value".getBytes(UTF_8))));
    byte[] later = good.clone();
    later[0] = 9;
    byte[] negative = good.clone();
    negative[5] = (byte) 0x80;
    byte[] longer = Arrays.copyOf(good, good.length + 1);
    List<byte[]> wrong = new ArrayList<>(List.of(later, negative, longer));
    for (int length = 0; length < good.length; length++) {
      wrong.add(Arrays.copyOf(good, length));
    }

    for (byte[] bytes : wrong) {
      assertThatExceptionOfType(MessagingException.class)
          .isThrownBy(() -> HeaderBytes.decode(bytes))
          .withMessageStartingWith("SP-OUTBOX-017");
    }
  }
}
