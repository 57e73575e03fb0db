@org.jspecify.annotations.NullMarked
package io.stagepost.prove;
