package io.stagepost.dlq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.stagepost.MessagingException;
import io.stagepost.spi.Browser;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Message;
import io.stagepost.spi.StoredMessage;
import io.stagepost.spi.Transport;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * In which order the events of keys first were, as far as it can be known: by the positions from
 * which their dead letters came. What lies there after them, with the same key and not dead itself,
 * was handled before them. Holds some fifty bytes a key and letter. Not thread-safe.
 */
final class KeyOrder {
  private final Map<Long, Key> keys = new HashMap<>();

  /** By address and partition: the first position that a letter came from. */
  private final Map<Place, Long> first = new HashMap<>();

  private record Place(String address, String partition) {}

  /** The letters of a key that nothing has become of. */
  private static final class Key {
    private final Set<Long> letters = new HashSet<>();
    private long last = -1;
    private long newest = -1;
    private boolean inverted;
    private boolean broken;
  }

  /** Has a look at a letter, which is asked for in the order in which they lie. */
  void see(Letter letter) {
    Long hash = hash(letter);
    long position = position(letter);
    if (hash == null || position < 0) {
      return;
    }
    Key key = keys.computeIfAbsent(hash, any -> new Key());
    key.inverted |= position < key.last;
    key.last = Math.max(key.last, position);
    key.letters.add(position);
    first.merge(place(letter), position, Math::min);
  }

  /**
   * Looks for newer events of the keys where their letters came from.
   *
   * @throws MessagingException {@code SP-DLQ-015} if what lies there cannot be read
   */
  void look(Transport transport) {
    new TreeMap<>(byText()).forEach((any, place) -> look(transport, place));
  }

  private Map<String, Place> byText() {
    Map<String, Place> places = new HashMap<>();
    first.keySet().forEach(place -> places.put(place.address() + "/" + place.partition(), place));
    return places;
  }

  private void look(Transport transport, Place place) {
    Browser.Selection from =
        Browser.Selection.of(place.address())
            .from(place.partition(), Long.toString(requireNonNull(first.get(place))));
    try {
      transport
          .browser()
          .browse(
              from,
              stored -> {
                found(place, stored);
                return true;
              });
    } catch (MessagingException unreadable) {
      throw new MessagingException(
          "SP-DLQ-015",
          "Whether newer events of their keys were handled before these letters is to be known,"
              + " and what lies at "
              + place.address()
              + " cannot be read. To replay them all the same: --overtake. "
              + unreadable.getMessage(),
          unreadable);
    }
  }

  private void found(Place place, StoredMessage stored) {
    Key key = keys.get(hash(place, stored.message().key()));
    if (key != null) {
      long position = original(place, stored);
      if (!key.letters.contains(position)) {
        key.newest = Math.max(key.newest, position);
      }
    }
  }

  /** Where it first lay: of what was sent again, its headers tell. */
  private static long original(Place place, StoredMessage stored) {
    Message message = stored.message();
    if (message.header(FailureHeaders.REPLAYS) != null
        && Arrays.equals(
            message.header(FailureHeaders.ORIGIN_ADDRESS), place.address().getBytes(UTF_8))) {
      byte[] position = message.header(FailureHeaders.ORIGIN_POSITION);
      long first = position == null ? -1 : number(new String(position, UTF_8));
      if (first >= 0) {
        return first;
      }
    }
    return Positions.position(stored.origin());
  }

  /** Whether its key's letters lie in another order than their events had. */
  boolean isInverted(Letter letter) {
    Key key = key(letter);
    return key != null && key.inverted;
  }

  /** Whether a newer event of its key was handled before it. */
  boolean isOvertaken(Letter letter) {
    Key key = key(letter);
    return key != null && key.newest > position(letter);
  }

  /** Whether nothing says where among the events of its key it was. */
  static boolean isUnknown(Letter letter) {
    return letter.message().key() != null && position(letter) < 0;
  }

  /** A letter is left alone, so that those of its key behind it must be, too. */
  void leave(Letter letter) {
    Long hash = hash(letter);
    if (hash != null) {
      keys.computeIfAbsent(hash, any -> new Key()).broken = true;
    }
  }

  /** Whether one of its key was left alone. */
  boolean isBehind(Letter letter) {
    return isBroken(hash(letter));
  }

  /** The same, of a key by its hash. */
  boolean isBroken(@Nullable Long hash) {
    Key key = hash == null ? null : keys.get(hash);
    return key != null && key.broken;
  }

  private @Nullable Key key(Letter letter) {
    Long hash = hash(letter);
    return hash == null || position(letter) < 0 ? null : keys.get(hash);
  }

  // ---- keys and positions

  /** Stands for its key, where it came from; null if it has none. */
  static @Nullable Long hash(Letter letter) {
    byte[] key = letter.message().key();
    return key == null ? null : hash(place(letter), key);
  }

  private static long hash(Place place, byte @Nullable [] key) {
    if (key == null) {
      return 0;
    }
    var digest = Plan.Hash.sha256();
    digest.update(place.address().getBytes(UTF_8));
    digest.update((byte) 0);
    digest.update(place.partition().getBytes(UTF_8));
    digest.update((byte) 0);
    return ByteBuffer.wrap(digest.digest(key)).getLong();
  }

  private static Place place(Letter letter) {
    FailureReport failure = letter.failure();
    return new Place(text(failure.originAddress()), text(failure.originPartition()));
  }

  private static String text(@Nullable String text) {
    return text == null ? "" : text;
  }

  /** Its position where it came from; negative if that is not known. */
  static long position(Letter letter) {
    String position = letter.failure().originPosition();
    return position == null ? -1 : number(position);
  }

  private static long number(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException none) {
      return -1;
    }
  }
}
