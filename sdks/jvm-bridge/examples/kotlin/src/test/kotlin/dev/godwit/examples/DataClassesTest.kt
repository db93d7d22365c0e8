package dev.godwit.examples

import dev.godwit.digest.LiteralDigest
import dev.godwit.types.Default
import dev.godwit.types.Doc
import dev.godwit.types.Nullable
import dev.godwit.types.TypeText
import dev.godwit.values.Codecs
import dev.godwit.values.Data
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

@Doc("How to train.")
data class Settings(
    @Doc("Step size.") @Default("0.5") val rate: Double,
    val layers: List<Long>,
    val shape: Shape,
    val limit: Long?,
    @Nullable val note: String?,
    val scores: Map<String, Double>,
) {
    val total: Long = layers.sum()
}

sealed interface Shape

data class Circle(val radius: Double) : Shape

data class Square(val side: Double) : Shape

@JvmRecord
data class Pair(val left: Long, val right: Long)

class DataClassesTest {
    private val codecs = Codecs.standard()

    @Test
    fun `a data class is a record`() {
        val codec = codecs.record(Settings::class.java)
        val fields = codec.fields().map { "${it.name()}: ${TypeText.render(it.codec().type())}" }
        assertEquals(
            listOf(
                "rate: float",
                "layers: list<int>",
                "shape: Circle | Square",
                "limit: int?",
                "note: string?",
                "scores: map<string, float>",
            ),
            fields,
        )
        assertEquals("Step size.", codec.fields()[0].description())
        assertEquals(0.5, codec.fields()[0].defaultValue().get().floatValue)
    }

    @Test
    fun `its values come back`() {
        val codec = codecs.of(Settings::class.java)
        val settings = Settings(0.25, listOf(1, 2), Circle(1.0), null, null, mapOf("a" to 1.0))
        val literal = codec.write(settings, Data.none())
        assertEquals(settings, codec.read(literal, Data.none()))
        assertArrayEquals(LiteralDigest.digest(literal), LiteralDigest.digest(codec.write(settings.copy(), Data.none())))
    }

    @Test
    fun `so do those of a class that is a record of the JVM`() {
        val codec = codecs.of(Pair::class.java)
        assertEquals(Pair(1, 2), codec.read(codec.write(Pair(1, 2), Data.none()), Data.none()))
    }
}
