package io.stagepost.asyncapi.tree;

import static java.util.Objects.requireNonNull;

import java.math.BigDecimal;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A value of a document: what it is, where it was written, and its JSON pointer. Immutable; two
 * nodes are equal if they are the same one ({@link #sameAs} compares values).
 */
public final class Node {
  /** What a value is. */
  public enum Kind {
    /** An object: unique keys, in the order in which they were written. */
    OBJECT,
    /** An array. */
    ARRAY,
    /** A string. */
    STRING,
    /** A number, kept as an exact decimal. */
    NUMBER,
    /** True or false. */
    BOOLEAN,
    /** Null. */
    NULL
  }

  private final Kind kind;
  private final Place place;
  private final Pointer pointer;
  private final @Nullable Object value;
  private final Map<String, Place> keys;

  private Node(
      Kind kind, Place place, Pointer pointer, @Nullable Object value, Map<String, Place> keys) {
    this.kind = kind;
    this.place = place;
    this.pointer = pointer;
    this.value = value;
    this.keys = keys;
  }

  /**
   * An object.
   *
   * @param place where it was written
   * @param pointer its pointer
   * @param members its members, in order
   * @param keys where each key was written
   * @return the node
   */
  public static Node object(
      Place place, Pointer pointer, Map<String, Node> members, Map<String, Place> keys) {
    return new Node(
        Kind.OBJECT,
        place,
        pointer,
        Collections.unmodifiableMap(new LinkedHashMap<>(members)),
        Map.copyOf(keys));
  }

  /**
   * An array.
   *
   * @param place where it was written
   * @param pointer its pointer
   * @param items its items
   * @return the node
   */
  public static Node array(Place place, Pointer pointer, List<Node> items) {
    return new Node(Kind.ARRAY, place, pointer, List.copyOf(items), Map.of());
  }

  static Node string(Place place, Pointer pointer, String text) {
    return new Node(Kind.STRING, place, pointer, text, Map.of());
  }

  static Node number(Place place, Pointer pointer, BigDecimal number) {
    return new Node(Kind.NUMBER, place, pointer, number, Map.of());
  }

  static Node bool(Place place, Pointer pointer, boolean value) {
    return new Node(Kind.BOOLEAN, place, pointer, value, Map.of());
  }

  static Node nothing(Place place, Pointer pointer) {
    return new Node(Kind.NULL, place, pointer, null, Map.of());
  }

  /**
   * What it is.
   *
   * @return its kind
   */
  public Kind kind() {
    return kind;
  }

  /**
   * Where it was written: for what an alias stands for, where the anchor is.
   *
   * @return its place
   */
  public Place place() {
    return place;
  }

  /**
   * Its JSON pointer in the file of its place.
   *
   * @return its pointer
   */
  public Pointer pointer() {
    return pointer;
  }

  /**
   * Whether it is an object.
   *
   * @return whether it is
   */
  public boolean isObject() {
    return kind == Kind.OBJECT;
  }

  /**
   * Whether it is an array.
   *
   * @return whether it is
   */
  public boolean isArray() {
    return kind == Kind.ARRAY;
  }

  /**
   * The members of an object, in order.
   *
   * @return unmodifiable; empty for anything but an object
   */
  @SuppressWarnings("unchecked")
  public Map<String, Node> members() {
    return kind == Kind.OBJECT ? (Map<String, Node>) requireNonNull(value) : Map.of();
  }

  /**
   * The items of an array.
   *
   * @return unmodifiable; empty for anything but an array
   */
  @SuppressWarnings("unchecked")
  public List<Node> items() {
    return kind == Kind.ARRAY ? (List<Node>) requireNonNull(value) : List.of();
  }

  /**
   * A member of an object.
   *
   * @param key its key
   * @return null if there is none, or this is no object
   */
  public @Nullable Node get(String key) {
    return members().get(key);
  }

  /**
   * Where a key was written.
   *
   * @param key the key
   * @return the place of the key; this node's own where there is none
   */
  public Place keyPlace(String key) {
    return keys.getOrDefault(key, place);
  }

  /**
   * The text of a string.
   *
   * @return null for anything but a string
   */
  public @Nullable String text() {
    return kind == Kind.STRING ? (String) value : null;
  }

  /**
   * The text of a member that is a string.
   *
   * @param key the member's key
   * @return null if there is none, or it is no string
   */
  public @Nullable String text(String key) {
    Node member = get(key);
    return member == null ? null : member.text();
  }

  /**
   * The number, exact.
   *
   * @return null for anything but a number
   */
  public @Nullable BigDecimal number() {
    return kind == Kind.NUMBER ? (BigDecimal) value : null;
  }

  /**
   * True or false.
   *
   * @return null for anything but a boolean
   */
  public @Nullable Boolean bool() {
    return kind == Kind.BOOLEAN ? (Boolean) value : null;
  }

  /**
   * What a reference object refers to.
   *
   * @return the text of the member {@code $ref}; null if there is none
   */
  public @Nullable String reference() {
    return text("$ref");
  }

  /**
   * The node that a pointer leads to.
   *
   * @param tokens keys and indices, not escaped
   * @return null if there is none
   */
  public @Nullable Node at(List<String> tokens) {
    Node at = this;
    for (String token : tokens) {
      Node next = at.child(token);
      if (next == null) {
        return null;
      }
      at = next;
    }
    return at;
  }

  /**
   * A member by its key, or an item by its index.
   *
   * @param token a key, or an index in decimal without leading zeros
   * @return null if there is none
   */
  public @Nullable Node child(String token) {
    if (kind == Kind.OBJECT) {
      return get(token);
    }
    if (kind != Kind.ARRAY || !token.matches("0|[1-9][0-9]{0,8}")) {
      return null;
    }
    int index = Integer.parseInt(token);
    return index < items().size() ? items().get(index) : null;
  }

  /** The same value, written at the same place, at another pointer; not its members or items. */
  Node moved(Pointer to) {
    return new Node(kind, place, to, value, keys);
  }

  /**
   * Whether it is the same value as another: objects by their members, whatever their order;
   * numbers by their value.
   *
   * @param other the other
   * @return whether it is
   */
  public boolean sameAs(Node other) {
    if (kind != other.kind) {
      return false;
    }
    return switch (kind) {
      case OBJECT -> {
        if (!members().keySet().equals(other.members().keySet())) {
          yield false;
        }
        for (Map.Entry<String, Node> member : members().entrySet()) {
          if (!member.getValue().sameAs(requireNonNull(other.get(member.getKey())))) {
            yield false;
          }
        }
        yield true;
      }
      case ARRAY -> {
        if (items().size() != other.items().size()) {
          yield false;
        }
        for (int i = 0; i < items().size(); i++) {
          if (!items().get(i).sameAs(other.items().get(i))) {
            yield false;
          }
        }
        yield true;
      }
      case NUMBER -> requireNonNull(number()).compareTo(requireNonNull(other.number())) == 0;
      case STRING, BOOLEAN -> requireNonNull(value).equals(other.value);
      case NULL -> true;
    };
  }

  /**
   * Kind and place, not the content.
   *
   * @return for people who debug
   */
  @Override
  public String toString() {
    return kind + " " + pointer + " at " + place;
  }
}
