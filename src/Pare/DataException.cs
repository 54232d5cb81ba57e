namespace Pare;

/// <summary>A data set cannot be read, or its content is not what it claims to be.</summary>
public sealed class DataException : PareException
{
    /// <summary>Creates the error from its three lines.</summary>
    public DataException(string what, string where, string remedy, Exception? inner = null)
        : base(what, where, remedy, inner)
    {
    }
}
