"""What the pages of secrets cost a large master; by hand, as it takes a quarter of an hour.

`__main__`  asks for the pages, and prints what was measured
`cases`     what is asked for
`forms`     what is sent
`costs`     what that costs
`world`     what the master has
`master`    starts it
`probe`     measures it from within
"""
