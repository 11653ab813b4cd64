package app.xundian.fake

import app.xundian.device.LastOrder
import app.xundian.device.NamedSku
import app.xundian.device.OrderCard
import app.xundian.device.OrderCardLine
import app.xundian.device.OrderLight
import app.xundian.device.OrderSlip
import app.xundian.device.ProductHit
import app.xundian.device.SeenAround
import app.xundian.device.Street
import app.xundian.domain.Channel
import app.xundian.domain.Check
import app.xundian.domain.CheckUnit
import app.xundian.domain.FactKind
import app.xundian.domain.Frequency
import app.xundian.domain.OrderState
import app.xundian.domain.Outcome
import app.xundian.domain.PaymentForm
import app.xundian.domain.PaymentTerms
import app.xundian.domain.Promise
import app.xundian.domain.Store
import app.xundian.domain.StoreClass
import app.xundian.domain.StoreStatus
import app.xundian.protocol.CompetitorItem
import app.xundian.protocol.Contact
import app.xundian.protocol.Reason
import java.awt.image.BufferedImage
import java.io.ByteArrayOutputStream
import java.time.LocalDate
import java.util.UUID
import javax.imageio.ImageIO

/** What a made-up territory holds. Names are of goods and of streets, never of people. */
object FakeData {
    val DATE: LocalDate = LocalDate.of(2026, 7, 27)
    const val NOW_MS = 1_785_117_600_000L

    data class Product(
        val sku: String, val name: String, val case: Int, val last: Int?, val price: Long, val isNew: Boolean = false,
        val category: String = if (sku.startsWith("21")) "方便面" else "饮品", val pack: Int = case,
    )

    private val named = listOf(
        Product("21010019", "红烧牛肉面 108g", 24, 26, 4600),
        Product("21010026", "香辣牛肉面 108g", 24, 12, 4600),
        Product("21010033", "鲜虾鱼板面 103g", 24, 0, 4600),
        Product("22070012", "冰红茶 500ml", 15, 40, 3300),
        Product("22070029", "绿茶 500ml", 15, 31, 3300),
        Product("22070036", "茉莉蜜茶 500ml", 15, 8, 3450),
        Product("22090011", "饮用矿物质水 550ml", 24, 55, 2200),
        Product("22100015", "冰糖雪梨 1L", 12, null, 4800, isNew = true),
    )

    fun products(count: Int): List<Product> = List(count) { n ->
        named.getOrNull(n) ?: named[n % named.size].let { it.copy(sku = (30_000_000 + n).toString(), name = "${it.name} · ${n + 1}", isNew = false, last = n * 3) }
    }

    /** In the catalogue, and beyond what a shop is asked to count. */
    val beyond = Product("22110014", "酸梅汤 500ml", 15, null, 3300)

    /** In the catalogue, and on no shop's price list any more. */
    val unlisted = Product("29990017", "西柚果汁 1L", 12, null, price = 0)

    fun hit(product: Product) = ProductHit(product.sku, product.name, product.case, product.pack)

    fun id(number: Int): UUID = UUID(0L, number.toLong())

    /** The record that was sealed at this place, from 1. */
    fun record(place: Int): UUID = id(899 + place)

    private val names = listOf("鑫源超市", "海边小卖部", "学府便利店", "福临食杂店", "广场售货亭", "老街粮油副食品商店")
    val stores: List<Store> = names.mapIndexed { place, name -> store(place + 1, name) }

    fun store(number: Int, name: String) = Store(
        id = id(number), number = "S%05d".format(number), name = name, channel = Channel.GROCERY, `class` = StoreClass.entries[number % 4],
        street = "370202001", address = "市南区 香港中路 ${number * 7} 号", distributor = "D01", frequency = Frequency.WEEKLY,
        receivingHours = "08:30-11:30", terms = PaymentTerms.MONTHLY30, creditLimit = 500_000, outstanding = 123_450,
        priceList = "P1", mustSellList = "M1", hasCooler = true, hasBackroom = number == 2, openedBy = null, status = StoreStatus.Approved,
    )

    /** Where the shops are, the nearest first. */
    val streets = listOf(Street("370202001", "香港中路街道", "市南区", 6u, 137u), Street("370202004", "云南路街道", "市南区", 1u, null))

    /** So many that the form scrolls; the office has no name for some. */
    val manyStreets = List(30) { n ->
        val code = (370_202_001 + n).toString()
        Street(code, if (n % 5 == 4) code else listOf("香港中路", "云南路", "八大关", "浮山湾")[n % 4] + "${n + 1}街道", if (n % 5 == 4) "" else "市南区", 6u, null)
    }

    /** On which the distributor comes: not on Sunday. */
    val days: List<LocalDate> = longArrayOf(1, 2, 3, 4, 5, 7).map(DATE::plusDays)

    /** So many shops; the first are those of [stores]. */
    fun shops(count: Int): List<Store> = List(count) { n -> stores.getOrNull(n) ?: store(n + 1, "${names[n % names.size]} · ${n + 1}") }

    /** Two hundred characters, some of them two of a String's each: longer than any door lets in, but what a server sends is shown. */
    val LONG_NAME = "𠮷野家🍜拉面便利超市".repeat(20)

    /** An order of a week ago in the first shop: promised for Tuesday, on the sheet of Wednesday, and not all of it came. */
    val EARLIER = id(77)
    val lastWeek = LastOrder(EARLIER, OrderState.Ended(Outcome.SHORT, "D01-20260722"), OrderLight.DELIVERED)
    val earlierCard = OrderCard(
        order = EARLIER, store = id(1), storeName = names[0], state = lastWeek.state, light = lastWeek.light,
        lines = listOf(OrderCardLine("21010019", "红烧牛肉面 108g", 48, 24, 24, 9_200), OrderCardLine("22070012", "冰红茶 500ml", 30, 15, 15, 6_600)),
        gifts = emptyList(), pickUps = emptyList(), cuts = 0, total = 15_800, promise = Promise(LocalDate.of(2026, 7, 21), "08:30-11:30"), payment = PaymentForm.CASH,
        code = "2718", qr = "XD-ORDER/$EARLIER",
    )

    /** The orders of a distributor on so many pages, each as long as the core's longest. */
    fun slip(distributor: String, pages: Int) = OrderSlip(
        distributor, pages.toUInt(), "【巡店订单】$distributor",
        List(pages) { "XD1/${it + 1}/$pages/BHP6BPRB/$distributor".padEnd(PAGE_SIGNS, 'A') },
    )

    const val PAGE_SIGNS = 888

    /** The fingerprint of the company's key, as its QR carries it. */
    val KEY = "0123456789abcdef".repeat(4)
    val INVITATION = "XUNDIAN1 https://xundian.example:8443 ABCD2345 $KEY"
    const val NOTE = "后门送货，前门台阶高。老板娘上午在，周三盘点不要来。冰柜钥匙问收银台。"

    val contact = Contact(owner = "店主", phone = "0532-0000000", receiver = "")

    val gaps = listOf(NamedSku("21010033", "鲜虾鱼板面 103g"))
    val launches = listOf(NamedSku("22100015", "冰糖雪梨 1L"))

    val checks = listOf(
        Check(1u, "END_CAP", "端架陈列一组", "one end cap", 1u, CheckUnit.PIECE, 30u, true, false),
        Check(2u, "SHARE", "货架占比", "share of shelf", 40u, CheckUnit.PERCENT, 40u, false, false),
        Check(3u, "FACINGS", "主推品项排面", "facings of the leading product", 6u, CheckUnit.FACINGS, 30u, false, false),
    )

    val competitorItems = listOf(
        CompetitorItem("竞品甲", "青柠汽水 500ml", FactKind.NEW_PRODUCT, "新上市"),
        CompetitorItem("竞品甲", "乌龙茶 500ml", FactKind.PRICE, "3.0元"),
        CompetitorItem("竞品乙", "老坛面 五连包", FactKind.PROMOTION, "买十送一"),
    )

    /** What colleagues saw in the area: the first is on the office's list too and ends, the second stands in this very shop. */
    val seen = listOf(
        SeenAround(
            brand = "竞品乙", item = "老坛面 五连包", kind = FactKind.PROMOTION, value = "买十送一", from = DATE.minusDays(7), to = LocalDate.of(2026, 8, 31),
            stores = 12u, since = DATE.minusDays(7), last = DATE.minusDays(1), here = false,
        ),
        SeenAround(
            brand = "竞品甲", item = "乌龙茶 500ml", kind = FactKind.PRICE, value = "2.8元", from = null, to = null,
            stores = 5u, since = DATE.minusDays(5), last = DATE.minusDays(2), here = true,
        ),
        SeenAround(
            brand = "竞品丙", item = "柠檬水 1L", kind = FactKind.NEW_PRODUCT, value = "端架试吃", from = null, to = null,
            stores = 3u, since = DATE.minusDays(3), last = DATE.minusDays(3), here = false,
        ),
    )

    /** The standard as a PNG: four boards of a shelf, with eight facings each. */
    val picture: ByteArray by lazy {
        val shelf = BufferedImage(640, 360, BufferedImage.TYPE_INT_RGB)
        for (x in 0 until shelf.width) for (y in 0 until shelf.height) {
            val isEdge = x % 80 < 6 || y % 90 < 12
            shelf.setRGB(x, y, if (isEdge) 0xE8E4DC else 0x203040 + x / 80 * 0x180000 + y / 90 * 0x2800)
        }
        ByteArrayOutputStream().also { ImageIO.write(shelf, "png", it) }.toByteArray()
    }

    fun reasons(kind: String): List<Reason> = when (kind) {
        "no_order" -> listOf(Reason("stock_enough", "库存充足", "enough stock", false), Reason("owner_absent", "老板不在，无人做主", "nobody there who may decide", false), Reason("slow_sales", "动销慢", "sells too slowly", false))
        "skip_step" -> listOf(Reason("owner_refused", "店主不同意", "owner does not agree", false), Reason("no_time", "店内太忙", "shop too busy", false), Reason("no_access", "库房或货架无法进入", "no access to back room or shelf", false))
        "suggestion_override" -> listOf(Reason("owner_wants_less", "店主要少", "owner wants less", false), Reason("owner_wants_more", "店主要多", "owner wants more", false), Reason("event_ahead", "节庆或活动备货", "stock for an event", false))
        "return" -> listOf(Reason("expired", "过期", "expired", false), Reason("damaged", "破损", "damaged", false))
        "cancel" -> listOf(Reason("owner_changed_mind", "店主取消", "owner changed his mind", false), Reason("entered_wrongly", "录错", "entered wrongly", false))
        else -> emptyList()
    }
}
