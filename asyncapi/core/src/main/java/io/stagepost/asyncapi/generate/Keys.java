package io.stagepost.asyncapi.generate;

import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.CodeBlock;
import io.stagepost.asyncapi.generate.Shape.Component;
import io.stagepost.asyncapi.tree.Node;
import io.stagepost.asyncapi.tree.Pointer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Keys of messages: AsyncAPI's runtime expressions as functions of the payload. */
final class Keys {
  private static final String PAYLOAD = "$message.payload#";

  private final Problems problems;

  Keys(Problems problems) {
    this.problems = problems;
  }

  /** Null if it cannot be computed; the findings tell. */
  @Nullable CodeBlock of(String expression, Node at, @Nullable Shape payload, String name) {
    if (!expression.startsWith(PAYLOAD)) {
      return refused(at, expression + " is not in the payload, of which a key is computed");
    }
    List<String> steps;
    try {
      steps = Pointer.parse(expression.substring(PAYLOAD.length()));
    } catch (IllegalArgumentException e) {
      return refused(at, expression + " has no JSON pointer after the #");
    }
    Shape shape = payload;
    ClassName first = null;
    String only = null;
    CodeBlock.Builder path = CodeBlock.builder().add("data");
    for (int i = 0; i < steps.size(); i++) {
      String step = steps.get(i);
      if (shape instanceof Shape.Fields fields && fields.constants.containsKey(step)) {
        return refused(at, expression + " is the same in every message of " + name);
      }
      Component component =
          shape instanceof Shape.Fields fields
              ? fields.component(step)
              : shape instanceof Shape.Union union ? UnionSource.common(union, step) : null;
      if (component == null || !(shape instanceof Shape.Declared declared)) {
        return refused(at, expression + " leads to no property that the class of " + name + " has");
      }
      if (component.mayBeNull()) {
        return refused(at, expression + " may be missing in a message, since it is not required");
      }
      if (i == 0) {
        first = declared.name;
        only = component.name();
      }
      path.add(".$L()", component.name());
      shape = component.shape();
    }
    if (steps.size() == 1 && shape instanceof Shape.Scalar scalar && scalar.kind() == Kind.TEXT) {
      return CodeBlock.of("$T::$L", first, only);
    }
    CodeBlock text = text(path.build(), shape);
    return text == null
        ? refused(at, expression + " is neither a text nor a number")
        : CodeBlock.of("data -> $L", text);
  }

  private static @Nullable CodeBlock text(CodeBlock value, @Nullable Shape shape) {
    if (shape instanceof Shape.Choice choice) {
      return choice.avro ? CodeBlock.of("$L.name()", value) : CodeBlock.of("$L.value()", value);
    }
    if (!(shape instanceof Shape.Scalar scalar)) {
      return null;
    }
    return switch (scalar.kind()) {
      case TEXT -> value;
      case DECIMAL -> CodeBlock.of("$L.stripTrailingZeros().toPlainString()", value);
      case INTEGER, UUIDS, URIS, DATE, INSTANT -> CodeBlock.of("$L.toString()", value);
      case INT32, INT64, BOOL -> CodeBlock.of("$T.valueOf($L)", String.class, value);
      default -> null;
    };
  }

  private @Nullable CodeBlock refused(Node at, String why) {
    problems.refuse(
        at,
        "generate-key",
        "the key " + why,
        "Point to a text or whole number that every message has.");
    return null;
  }
}
