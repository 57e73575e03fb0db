package io.stagepost.schema;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.TokenStreamContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON as it is read by a {@link JsonForm}: each method reads the value that the input is at, and
 * leaves the input at its end. What is not as it is asked for is refused with the JSON pointer of
 * its place; keys of maps are {@code *} in it, and values are never quoted.
 *
 * <p>Not thread-safe; of use only while a form reads.
 */
public final class JsonInput {
  /** Digits before the point of a number that is asked for as a whole one. */
  private static final int DIGITS = JsonLimits.NUMBER;

  /** As far as a decimal's point may lie from its digits: what Jackson writes in plain notation. */
  private static final int SCALE = 9_999;

  private final JsonParser parser;
  private final JsonMapper mapper;

  /** The pointer of what the parser's root is. */
  private final String above;

  /** The depths at which an object is a map, whose keys are data. */
  private final BitSet maps = new BitSet();

  private JsonInput(JsonParser parser, JsonMapper mapper, String above) {
    this.parser = parser;
    this.mapper = mapper;
    this.above = above;
  }

  /** At the first token of a body. */
  static JsonInput of(JsonParser parser, JsonMapper mapper) {
    JsonInput in = new JsonInput(parser, mapper, "");
    if (parser.nextToken() == null) {
      throw in.unfit("is empty");
    }
    return in;
  }

  /** That a value is not what was asked for. Its message says where and why, and quotes nothing. */
  static final class Unfit extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Unfit(String message) {
      super(message, null, false, false);
    }
  }

  /**
   * Enters an object.
   *
   * @return the name of its first property, the input being at its value; null if it has none
   */
  public @Nullable String enter() {
    expect(JsonToken.START_OBJECT, "an object");
    return next();
  }

  /**
   * Goes on to the next property of the object that was entered.
   *
   * @return its name, the input being at its value; null at the end of the object
   */
  public @Nullable String next() {
    String name = parser.nextName();
    if (name != null) {
      parser.nextToken();
    }
    return name;
  }

  /** Passes over a value. */
  public void skip() {
    parser.skipChildren();
  }

  /**
   * What a property must not lack, once its object has ended.
   *
   * @param value what was read; null if it did not come
   * @param name the property
   * @param <T> what it is
   * @return the value
   */
  public <T> T required(@Nullable T value, String name) {
    if (value == null) {
      throw missing(name);
    }
    return value;
  }

  /**
   * That a property did not come.
   *
   * @param name the property
   * @return what to throw
   */
  public RuntimeException missing(String name) {
    return new Unfit(pointer() + "/" + escaped(name) + " is missing");
  }

  /**
   * That what was read is not to be: the constructor refused it, for one.
   *
   * @param reason what is wrong; its message quotes no value
   * @return what to throw
   */
  public RuntimeException refused(IllegalArgumentException reason) {
    return unfit("is refused: " + reason.getMessage());
  }

  /**
   * Whether the value is null.
   *
   * @return whether it is
   */
  public boolean isNull() {
    return parser.currentToken() == JsonToken.VALUE_NULL;
  }

  /**
   * A value that may be null.
   *
   * @param read reads any other
   * @param <T> what it is
   * @return the value
   */
  public <T> @Nullable T nullable(Function<? super JsonInput, ? extends T> read) {
    return isNull() ? null : read.apply(this);
  }

  /**
   * A string.
   *
   * @return the string
   */
  public String text() {
    expect(JsonToken.VALUE_STRING, "a string");
    return parser.getString();
  }

  /**
   * A string that stands for something else.
   *
   * @param what what it stands for, such as {@code a date}
   * @param parse throws if it does not
   * @param <T> what it stands for
   * @return that
   */
  public <T> T parsed(String what, Function<? super String, ? extends T> parse) {
    String text = text();
    try {
      return parse.apply(text);
    } catch (RuntimeException unfit) {
      throw unfit("is not " + what);
    }
  }

  /**
   * A UUID (RFC 9562): 36 characters.
   *
   * @return the UUID
   */
  public UUID uuid() {
    String text = text();
    try {
      UUID uuid = UUID.fromString(text);
      if (uuid.toString().equalsIgnoreCase(text)) {
        return uuid;
      }
    } catch (IllegalArgumentException unfit) {
      // told below
    }
    throw unfit("is not a UUID");
  }

  /**
   * True or false.
   *
   * @return which
   */
  public boolean bool() {
    JsonToken token = parser.currentToken();
    if (token != JsonToken.VALUE_TRUE && token != JsonToken.VALUE_FALSE) {
      throw unfit("is " + kind(token) + ", not true or false");
    }
    return token == JsonToken.VALUE_TRUE;
  }

  /**
   * A whole number of 32 bits; {@code 1.0} is one.
   *
   * @return the number
   */
  public int int32() {
    long value = int64();
    if (value != (int) value) {
      throw unfit("does not fit into 32 bits");
    }
    return (int) value;
  }

  /**
   * A whole number of 64 bits; {@code 1.0} is one.
   *
   * @return the number
   */
  public long int64() {
    if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
        && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
      return parser.getLongValue();
    }
    BigInteger value = integer();
    if (value.bitLength() > 63) {
      throw unfit("does not fit into 64 bits");
    }
    return value.longValue();
  }

  /**
   * A whole number; {@code 1.0} is one.
   *
   * @return the number
   */
  public BigInteger integer() {
    BigDecimal value = decimal().stripTrailingZeros();
    if (value.scale() > 0) {
      throw unfit("is not a whole number");
    }
    if (value.precision() - value.scale() > DIGITS) {
      throw unfit("has more than " + DIGITS + " digits");
    }
    return value.toBigIntegerExact();
  }

  /**
   * A number, exactly as it was written: {@code 149.90} keeps its zero.
   *
   * @return the number
   */
  public BigDecimal decimal() {
    number();
    BigDecimal value = parser.getDecimalValue();
    if (Math.abs((long) value.scale()) > SCALE) {
      throw unfit("has an exponent beyond " + SCALE);
    }
    return value;
  }

  /**
   * A binary floating-point number: the one that is nearest to what was written.
   *
   * @return the number, finite
   */
  public double float64() {
    number();
    double value = parser.getDoubleValue();
    if (Double.isInfinite(value)) {
      throw unfit("does not fit into a double");
    }
    return value;
  }

  /**
   * A binary floating-point number of 32 bits: the one that is nearest to what was written.
   *
   * @return the number, finite
   */
  public float float32() {
    number();
    float value = parser.getFloatValue();
    if (Float.isInfinite(value)) {
      throw unfit("does not fit into a float");
    }
    return value;
  }

  /**
   * An array.
   *
   * @param read reads an item
   * @param <T> what an item is
   * @return its items
   */
  public <T extends @Nullable Object> List<T> list(Function<? super JsonInput, ? extends T> read) {
    expect(JsonToken.START_ARRAY, "an array");
    List<T> items = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      items.add(read.apply(this));
    }
    return items;
  }

  /**
   * An object whose names are data.
   *
   * @param read reads a value
   * @param <T> what a value is
   * @return its values, by name, in the order of the names
   */
  public <T extends @Nullable Object> SortedMap<String, T> map(
      Function<? super JsonInput, ? extends T> read) {
    int depth = parser.streamReadContext().getNestingDepth();
    maps.set(depth);
    SortedMap<String, T> values = new TreeMap<>();
    for (String name = enter(); name != null; name = next()) {
      values.put(name, read.apply(this));
    }
    maps.clear(depth);
    return values;
  }

  /**
   * Any value. Numbers stay as they were written.
   *
   * @return the value
   */
  public JsonNode tree() {
    return parser.readValueAsTree();
  }

  /**
   * A value that was taken as a tree, to see what it is.
   *
   * @param tree what {@link #tree()} gave last
   * @param form what it is
   * @param <T> the class of that
   * @return what the form makes of it
   */
  public <T> T of(JsonNode tree, JsonForm<T> form) {
    JsonParser tokens = mapper.treeAsTokens(tree);
    tokens.nextToken();
    return form.read(new JsonInput(tokens, mapper, pointer()));
  }

  /**
   * That a value is not what was asked for.
   *
   * @param why what it is instead, such as {@code is none of its variants}; quotes no value
   * @return what to throw
   */
  public RuntimeException unfit(String why) {
    String pointer = pointer();
    return new Unfit((pointer.isEmpty() ? "the body" : pointer) + " " + why);
  }

  private void number() {
    JsonToken token = parser.currentToken();
    if (token != JsonToken.VALUE_NUMBER_INT && token != JsonToken.VALUE_NUMBER_FLOAT) {
      throw unfit("is " + kind(token) + ", not a number");
    }
  }

  private void expect(JsonToken token, String what) {
    if (parser.currentToken() != token) {
      throw unfit("is " + kind(parser.currentToken()) + ", not " + what);
    }
  }

  private static String kind(@Nullable JsonToken token) {
    return token == null
        ? "nothing"
        : switch (token) {
          case START_OBJECT, END_OBJECT -> "an object";
          case START_ARRAY, END_ARRAY -> "an array";
          case VALUE_STRING -> "a string";
          case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
          case VALUE_TRUE, VALUE_FALSE -> "true or false";
          case VALUE_NULL -> "null";
          default -> "something else";
        };
  }

  private String pointer() {
    StringBuilder pointer = new StringBuilder();
    TokenStreamContext at = parser.streamReadContext();
    if (parser.currentToken() == JsonToken.START_OBJECT
        || parser.currentToken() == JsonToken.START_ARRAY) {
      at = at.getParent(); // the place of the value itself is meant
    }
    for (; at != null && !at.inRoot(); at = at.getParent()) {
      String step =
          at.inArray()
              ? String.valueOf(at.getCurrentIndex())
              : maps.get(at.getNestingDepth()) ? "*" : escaped(String.valueOf(at.currentName()));
      pointer.insert(0, "/" + step);
    }
    return pointer.insert(0, above).toString();
  }

  private static String escaped(String name) {
    return name.replace("~", "~0").replace("/", "~1");
  }
}
