@NullMarked
package io.stagepost.asyncapi.diff;

import org.jspecify.annotations.NullMarked;
