package app.xundian.sample

import app.xundian.domain.BusinessDate
import app.xundian.domain.FfiConverterTypeBusinessDate
import app.xundian.domain.Stop
import app.xundian.domain.Units
import app.xundian.domain.RustBuffer as RustBufferStop

/**
 * Of another object.
 */
public interface ClocksInterface {
    
    fun `wallMs`(): Units
    
    companion object
}

/**
 * What is sold where.
 */
public interface ShopInterface {
    
    /**
     * Closes it.
     *
     * fun `isNoDoor`()
     */
    fun `close`()
    
    fun `open`(`with`: kotlin.String): BusinessDate?
    
    /**
     * By street.
     */
    fun `stops`(`by`: Map<kotlin.String, List<kotlin.Long>>, `most`: kotlin.UInt?): List<Stop>
    
    companion object
}

open class Shop: Disposable, AutoCloseable, ShopInterface
{
    override fun `close`() = uniffi_close(handle)
}
