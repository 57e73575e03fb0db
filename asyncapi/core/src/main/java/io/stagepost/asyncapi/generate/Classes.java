package io.stagepost.asyncapi.generate;

import com.palantir.javapoet.ClassName;
import io.stagepost.asyncapi.tree.Node;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The classes of one package: one for each schema, by the place where that was written. */
final class Classes {
  /** What the form of a class has behind its name. */
  static final String FORM = "Json";

  final String packageName;
  private final Map<String, Shape.Declared> byPlace = new HashMap<>();
  private final Map<String, Names.Taken> nested = new HashMap<>();
  private final Names.Taken topLevel = new Names.Taken();

  Classes(String packageName) {
    this.packageName = packageName;
    topLevel.unique("package-info");
  }

  static String place(Node node) {
    return node.place().file() + "#" + node.pointer();
  }

  Shape.@Nullable Declared at(String place) {
    return byPlace.get(place);
  }

  void add(String place, Shape.Declared declared, Shape.@Nullable Declared outer) {
    byPlace.put(place, declared);
    declared.outer = outer;
    if (outer != null) {
      outer.nested.add(declared);
    }
  }

  /** A name that nobody has: the one that is wanted, else with that prefix, else with a number. */
  ClassName name(String wanted, String prefix) {
    String name = topLevel.isFree(wanted, FORM) ? wanted : prefix + wanted;
    return ClassName.get(packageName, topLevel.unique(name, FORM));
  }

  /** A name inside of a class; unlike those around it, whom it would hide. */
  ClassName name(String wanted, ClassName outer) {
    Names.Taken taken =
        nested.computeIfAbsent(
            outer.toString(),
            unused -> {
              Names.Taken names = new Names.Taken();
              outer.simpleNames().forEach(names::unique);
              return names;
            });
    return outer.nestedClass(taken.unique(wanted, FORM));
  }

  /** Keeps a name for what is no schema. */
  ClassName keep(String wanted, String prefix) {
    return name(wanted, prefix);
  }
}
