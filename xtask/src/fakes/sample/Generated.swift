import Foundation

/**
 * Of another object.
 */
public protocol ClocksProtocol: AnyObject, Sendable {
    
    func wallMs() throws  -> Int64
    
}

/**
 * What is sold where.
 */
public protocol ShopProtocol: AnyObject, Sendable {
    
    /**
     * Closes it.
     *
     * func isNoDoor() throws
     */
    func close() throws 
    
    func open(`with`: String) throws  -> BusinessDate?
    
    /**
     * By street.
     */
    func stops(by: [String: [Int64]], most: UInt32?) throws  -> [Stop]
    
}

open class Shop: ShopProtocol, @unchecked Sendable {
    open func close() throws  {try rustCall()
    }
}
