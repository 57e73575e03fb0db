package io.stagepost.dlq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import io.stagepost.spi.Origin;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class HashesTest {
  private static final int MANY = 5_000;

  @Test
  void each_letter_is_found_at_its_place_and_no_other_is() {
    Hashes hashes = new Hashes();
    IntStream.range(0, MANY).forEach(i -> hashes.add(Plan.Hash.of(letter(i, "body"))));
    Hashes.Index index = Hashes.read(hashes.write());
    assertThat(IntStream.range(0, MANY)).allMatch(i -> index.contains(letter(i, "body")));
    assertThat(IntStream.range(0, MANY)).noneMatch(i -> index.contains(letter(i, "bode")));
    assertThat(IntStream.range(MANY, 2 * MANY)).noneMatch(i -> index.contains(letter(i, "body")));
  }

  @Test
  void an_empty_plan_holds_none() {
    assertThat(Hashes.read(new Hashes().write()).contains(letter(1, "body"))).isFalse();
    assertThatThrownBy(() -> Hashes.read("?")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void a_hash_tells_what_belongs_to_which_part() {
    byte[] none = hash(null, List.of(), null);
    assertThat(hash(new byte[0], List.of(), null)).isNotEqualTo(none);
    assertThat(hash(null, List.of(), new byte[0])).isNotEqualTo(none);
    assertThat(hash(null, List.of(new Header("a", bytes("bc"))), null))
        .isNotEqualTo(hash(null, List.of(new Header("ab", bytes("c"))), null));
  }

  /** So that a plan that was made by another version still holds. */
  @Test
  void a_hash_is_of_each_part_behind_its_length() throws Exception {
    Header header = new Header("\u00e4\u20ac", bytes("value"));
    Message message = new Message("dead", bytes("key"), List.of(header), bytes("body"));
    Origin at = new Origin("dead", "3", "42", null);
    ByteBuffer parts = ByteBuffer.allocate(100);
    for (String part : List.of("3-42", "key", "\u00e4\u20ac", "value", "body")) {
      parts.putInt(bytes(part).length).put(bytes(part));
    }
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    digest.update(parts.flip());
    assertThat(Plan.Hash.of(new Letter(message, at, FailureReports.of(message), null, null)))
        .isEqualTo(digest.digest());
  }

  private static byte[] hash(byte @Nullable [] key, List<Header> headers, byte @Nullable [] body) {
    return Plan.Hash.ofContents(new Message("dead", key, headers, body));
  }

  private static Letter letter(int position, String body) {
    Message message =
        new Message("dead", bytes("key"), List.of(new Header("n", bytes("v"))), bytes(body));
    Origin at = new Origin("dead", "0", Integer.toString(position), null);
    return new Letter(message, at, FailureReports.of(message), null, null);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
