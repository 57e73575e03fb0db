@NullMarked
package io.stagepost.asyncapi.operations;

import org.jspecify.annotations.NullMarked;
