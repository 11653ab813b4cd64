import XundianCore

// The core speaks in codes; these are their texts. Every switch is whole, so a new code does not compile without one.

extension Step {
    public var text: TextKey {
        switch self {
        case .stockCount: .stepStockCount
        case .suggestedOrder: .stepSuggestedOrder
        case .display: .stepDisplay
        case .competitor: .stepCompetitor
        case .orderConfirmation: .stepOrderConfirmation
        }
    }
}

extension StopState {
    public var text: TextKey {
        switch self {
        case .toDo: .stateToDo
        case .visiting: .stateVisiting
        case .done(.complete): .stateComplete
        case .done(.partial): .statePartial
        case .done(.failed), .failed: .stateFailed
        }
    }
}

extension PromiseLight {
    public var text: TextKey {
        switch self {
        case .none: .promiseNone
        case .onPhone: .promiseOnPhone
        case .onItsWay: .promiseOnItsWay
        case .delivered: .promiseDelivered
        case .short: .promiseShort
        case .late: .promiseLate
        case .refused: .promiseRefused
        case .notReported: .promiseNotReported
        }
    }
}

extension OrderLight {
    public var text: TextKey {
        switch self {
        case .onPhone: .lightOnPhone
        case .onServer: .lightOnServer
        case .onSheet: .lightOnSheet
        case .atDistributor: .lightAtDistributor
        case .delivered: .lightDelivered
        case .refused: .lightRefused
        }
    }

    /// How many of the four lamps are lit; none of what the server takes nothing of. A sheet that nobody at the distributor opened
    /// is the server's yet.
    public var lit: Int {
        switch self {
        case .onPhone: 1
        case .onServer, .onSheet: 2
        case .atDistributor: 3
        case .delivered: 4
        case .refused: 0
        }
    }
}

extension PaymentForm {
    public var text: TextKey {
        switch self {
        case .cash: .payCash
        case .weChat: .payWeChat
        case .transfer: .payTransfer
        case .onAccount: .payOnAccount
        }
    }
}

extension PaymentTerms {
    public var text: TextKey {
        switch self {
        case .cash: .termsCash
        case .weekly: .termsWeekly
        case .monthly30: .termsMonthly
        }
    }
}

extension StoreClass {
    /// The same in every language.
    public var letter: String {
        switch self {
        case .a: "A"
        case .b: "B"
        case .c: "C"
        case .d: "D"
        }
    }
}

extension FailedReason {
    public var text: TextKey {
        switch self {
        case .closed: .failedClosed
        case .ownerAbsent: .failedOwnerAbsent
        case .refused: .failedRefused
        case .moved: .failedMoved
        case .demolished: .failedDemolished
        }
    }
}

extension WhyMissing {
    /// The company's own reason may stand beside it.
    public var text: TextKey {
        switch self {
        case .notBegun: .missingNotBegun
        case .open: .missingOpen
        case .failed(let reason): reason.text
        case .notCounted: .missingNotCounted
        }
    }
}

extension FactKind {
    public var text: TextKey {
        switch self {
        case .newProduct: .factNewProduct
        case .price: .factPrice
        case .promotion: .factPromotion
        case .display: .factDisplay
        case .policy: .factPolicy
        }
    }
}

extension Channel {
    public var text: TextKey {
        switch self {
        case .kiosk: .channelKiosk
        case .grocery: .channelGrocery
        case .convenience: .channelConvenience
        case .supermarket: .channelSupermarket
        case .restaurant: .channelRestaurant
        case .school: .channelSchool
        case .netCafe: .channelNetCafe
        }
    }
}

extension CheckUnit {
    public var text: TextKey {
        switch self {
        case .facings: .unitFacings
        case .percent: .unitPercent
        case .piece: .unitPiece
        case .metre: .unitMetre
        case .sku: .unitSku
        }
    }
}

extension Fallback {
    public var text: TextKey {
        switch self {
        case .noPrior: .whyNoPrior
        case .noCalendar: .whyNoCalendar
        case .unknownSku: .whyUnknownSku
        case .longGap: .whyLongGap
        }
    }
}

extension Place {
    public var text: TextKey {
        switch self {
        case .shelf: .countShelf
        case .backroom: .countBackroom
        }
    }
}

extension Flag {
    public var text: TextKey {
        switch self {
        case .priceStale: .flagPriceStale
        case .overCredit: .flagOverCredit
        case .promoCap: .flagPromoCap
        case .unlistedSku: .flagUnlistedSku
        case .clockUnverified: .flagClock
        case .outsideTerritory: .flagOutside
        case .dayDiffers: .flagDayDiffers
        }
    }
}
