//! GET, SET and ACTION.

use std::fmt::Write;

use gurux_dlms::wire::{
    ActionRequest, ActionResponse, AttributeWithSelection, DataAccessResult, DataBlock, DataRef,
    GetDataBlockResult, GetDataResult, GetRequest, GetResponse, List, SelectiveAccess, SetRequest,
    SetResponse,
};

use super::{Dialect, Done, SUCCESS, digits};

impl Dialect {
    fn selection(&mut self, one: SelectiveAccess<'static>) -> Done {
        self.group("AccessSelection", |xml| {
            xml.value("AccessSelector", format_args!("{:02X}", one.access_selector));
            xml.group("AccessParameters", |xml| xml.data(one.access_parameters))
        })
    }

    fn block(&mut self, name: &str, block: DataBlock<'_>) -> Done {
        self.group(name, |xml| {
            xml.flag(block.last_block);
            xml.number(block.block_number);
            xml.value("RawData", digits(block.raw_data));
            Ok(())
        })
    }

    pub(super) fn get_request(&mut self, m: &GetRequest<'static>) -> Done {
        match *m {
            GetRequest::Normal {
                invoke_id_and_priority,
                cosem_attribute_descriptor,
                access_selection,
            } => self.group("GetRequestNormal", |xml| {
                xml.invoke(invoke_id_and_priority)?;
                xml.attribute(cosem_attribute_descriptor)?;
                access_selection.map_or(Ok(()), |one| xml.selection(one))
            }),
            GetRequest::Next { invoke_id_and_priority, block_number } => {
                self.group("GetRequestForNextDataBlock", |xml| {
                    xml.invoke(invoke_id_and_priority)?;
                    xml.number(block_number);
                    Ok(())
                })
            }
            GetRequest::WithList { invoke_id_and_priority, attribute_descriptor_list: list } => {
                self.unless_writing("a list has wrong octets between")?;
                self.group("GetRequestWithList", |xml| {
                    xml.invoke(invoke_id_and_priority)?;
                    xml.attributes(list)
                })
            }
        }
    }

    fn attributes(&mut self, list: List<'static, AttributeWithSelection<'static>>) -> Done {
        self.list("AttributeDescriptorList", list.len(), list.iter(), |xml, one| {
            if one.access_selection.is_some() {
                return Err("a selection in a list is dropped");
            }
            xml.group("AttributeDescriptorWithSelection", |xml| {
                xml.attribute(one.cosem_attribute_descriptor)
            })
        })
    }

    pub(super) fn get_response(&mut self, m: &GetResponse<'static>) -> Done {
        match *m {
            GetResponse::Normal { invoke_id_and_priority, result } => {
                self.group("GetResponseNormal", |xml| {
                    xml.invoke(invoke_id_and_priority)?;
                    xml.group("Result", |xml| xml.result(result))
                })
            }
            GetResponse::WithDatablock { invoke_id_and_priority, result } => {
                self.group("GetResponsewithDataBlock", |xml| {
                    xml.invoke(invoke_id_and_priority)?;
                    xml.group("Result", |xml| {
                        xml.flag(result.last_block);
                        xml.number(result.block_number);
                        xml.group("Result", |xml| match result.result {
                            GetDataBlockResult::RawData(octets) => {
                                xml.value("RawData", digits(octets));
                                Ok(())
                            }
                            GetDataBlockResult::DataAccessResult(DataAccessResult::SUCCESS) => {
                                Err(SUCCESS)
                            }
                            GetDataBlockResult::DataAccessResult(error) => {
                                xml.unless_writing("an octet is missing before an error")?;
                                xml.error("DataAccessResult", error.code())
                            }
                        })
                    })
                })
            }
            GetResponse::WithList { invoke_id_and_priority, result } => {
                self.unless_writing("a list is not written")?;
                self.group("GetResponseWithList", |xml| {
                    xml.invoke(invoke_id_and_priority)?;
                    xml.list("Result", result.len(), result.iter(), |xml, one| match one {
                        GetDataResult::Data(data) => xml.group("Data", |xml| xml.data(data)),
                        GetDataResult::DataAccessResult(_) => Err("an error in a list is dropped"),
                    })
                })
            }
        }
    }

    fn result(&mut self, result: GetDataResult<DataRef<'static>>) -> Done {
        match result {
            GetDataResult::Data(data) => self.group("Data", |xml| xml.data(data)),
            GetDataResult::DataAccessResult(DataAccessResult::SUCCESS) => Err(SUCCESS),
            GetDataResult::DataAccessResult(error) => self.error("DataAccessError", error.code()),
        }
    }

    pub(super) fn set_request(&mut self, m: &SetRequest<'static>) -> Done {
        match *m {
            SetRequest::Normal { access_selection: Some(_), .. }
            | SetRequest::WithFirstDatablock { access_selection: Some(_), .. } => {
                Err("a selection in SET is taken for the value")
            }
            SetRequest::Normal {
                invoke_id_and_priority,
                cosem_attribute_descriptor,
                value,
                ..
            } => self.group("SetRequestNormal", |xml| {
                xml.invoke(invoke_id_and_priority)?;
                xml.attribute(cosem_attribute_descriptor)?;
                xml.group("Value", |xml| xml.data(value))
            }),
            SetRequest::WithFirstDatablock {
                invoke_id_and_priority,
                cosem_attribute_descriptor,
                datablock,
                ..
            } => {
                if datablock.block_number != 1 {
                    return Err("the first block has another number");
                }
                self.group("SetRequestFirstDataBlock", |xml| {
                    xml.invoke(invoke_id_and_priority)?;
                    xml.attribute(cosem_attribute_descriptor)?;
                    xml.block("DataBlock", datablock)
                })
            }
            SetRequest::WithDatablock { invoke_id_and_priority, datablock } => {
                self.group("SetRequestWithDataBlock", |xml| {
                    xml.invoke(invoke_id_and_priority)?;
                    xml.block("DataBlock", datablock)
                })
            }
            SetRequest::WithList {
                invoke_id_and_priority,
                attribute_descriptor_list,
                value_list,
            } => self.group("SetRequestWithList", |xml| {
                xml.invoke(invoke_id_and_priority)?;
                xml.attributes(attribute_descriptor_list)?;
                xml.list("ValueList", value_list.len(), value_list.iter(), Self::data)
            }),
            SetRequest::WithListAndFirstDatablock { .. } => Err("it has no such choice"),
        }
    }

    pub(super) fn set_response(&mut self, m: &SetResponse<'static>) -> Done {
        match *m {
            SetResponse::Normal { invoke_id_and_priority, result } => {
                self.group("SetResponseNormal", |xml| {
                    xml.invoke(invoke_id_and_priority)?;
                    xml.error("Result", result.code())
                })
            }
            SetResponse::Datablock { invoke_id_and_priority, block_number } => {
                self.group("SetResponseDataBlock", |xml| {
                    xml.invoke(invoke_id_and_priority)?;
                    xml.number(block_number);
                    Ok(())
                })
            }
            SetResponse::LastDatablock { invoke_id_and_priority, result, block_number } => {
                self.unless_writing("the last block is not written")?;
                self.group("SetResponseWithLastDataBlock", |xml| {
                    xml.invoke(invoke_id_and_priority)?;
                    xml.error("Result", result.code())?;
                    xml.number(block_number);
                    Ok(())
                })
            }
            SetResponse::WithList { invoke_id_and_priority, result } => {
                self.unless_writing("a list is not written")?;
                self.group("SetResponseWithList", |xml| {
                    xml.invoke(invoke_id_and_priority)?;
                    // The one count that is written in decimal digits.
                    let _ = write!(xml.text, "<Result Qty=\"{}\" >", result.len());
                    result.iter().try_for_each(|one| xml.error("DataAccessResult", one.code()))?;
                    xml.text += "</Result>";
                    Ok(())
                })
            }
            SetResponse::LastDatablockWithList { .. } => Err("it has no such choice"),
        }
    }

    pub(super) fn action_request(&mut self, m: &ActionRequest<'static>) -> Done {
        let ActionRequest::Normal {
            invoke_id_and_priority,
            cosem_method_descriptor,
            method_invocation_parameters,
        } = *m
        else {
            return Err("it has only the normal ACTION-request");
        };
        self.group("ActionRequestNormal", |xml| {
            xml.invoke(invoke_id_and_priority)?;
            xml.method(cosem_method_descriptor)?;
            match method_invocation_parameters {
                Some(data) => xml.group("MethodInvocationParameters", |xml| xml.data(data)),
                None => Ok(()),
            }
        })
    }

    pub(super) fn action_response(&mut self, m: &ActionResponse<'static>) -> Done {
        match *m {
            ActionResponse::Normal { invoke_id_and_priority, single_response: one } => {
                if one.return_parameters.is_none() {
                    self.unless_writing("the octet of no return parameters is missing")?;
                }
                self.group("ActionResponseNormal", |xml| {
                    xml.invoke(invoke_id_and_priority)?;
                    xml.error("Result", one.result.code())?;
                    match one.return_parameters {
                        Some(result) => xml.group("ReturnParameters", |xml| xml.result(result)),
                        None => Ok(()),
                    }
                })
            }
            ActionResponse::NextPblock { invoke_id_and_priority, block_number } => {
                self.unless_writing("blocks are not written from XML")?;
                self.group("ActionResponseNextBlock", |xml| {
                    xml.invoke(invoke_id_and_priority)?;
                    xml.number(block_number);
                    Ok(())
                })
            }
            _ => Err("lists and blocks of ACTION are not read"),
        }
    }
}
