@NullMarked
package io.stagepost.asyncapi.importing;

import org.jspecify.annotations.NullMarked;
